"""The cast, all invented: Ann teaches, Hana heads, Olu is the office, Priya is DPO, Col chairs, Oz is an outsider."""

from typing import NamedTuple


class Someone(NamedTuple):
    """A Slack account."""

    user_id: str
    name: str
    email: str


HANA = Someone("U0HANA", "Hana Rees", "head@huntington.example")
DEV = Someone("U0DEV", "Dev Mistry", "deputy@huntington.example")
OLU = Someone("U0OLU", "Olu Adeyemi", "office@huntington.example")
ANN = Someone("U0ANN", "Ann Teacher", "ann@huntington.example")
BEN = Someone("U0BEN", "Ben Carter", "ben@huntington.example")
CARA = Someone("U0CARA", "Cara Singh", "cara@huntington.example")
PRIYA = Someone("U0PRIYA", "Priya Nair", "dpo@huntington.example")
COL = Someone("U0COL", "Col Evans", "chair@huntington.example")
GWEN = Someone("U0GWEN", "Gwen Smith", "gov.smith@huntington.example")
STAFF = (HANA, DEV, OLU, ANN, BEN, CARA, PRIYA, COL, GWEN)

OZ = Someone("U0OZ", "Oz Outsider", "oz@elsewhere.example")  # a guest of the workspace
GUS = Someone("U0GUS", "Gus Guest", "gus@elsewhere.example")  # a guest of one channel

STAFFROOM, OPEN_DAY, SHARED = "C0STAFFROOM", "C0OPENDAY", "C0SHARED"  # staff only; with a guest; with another school
