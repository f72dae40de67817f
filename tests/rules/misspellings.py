"""How staff really type pupils' names: the set that the name search is measured on.

`python -m tests.rules.misspellings` writes the two halves beside this file. The mechanical typos come from a seeded
generator, the rest was written by hand from the kinds in the domain notes *before* the search was tuned. One half
(tuning) was used to choose thresholds; the other (held out) only to measure. Pupils are named by admission number.
One person wrote the phonetic cases and the table HEARD of the search, so those are not strangers to each other.
"""

import csv
import random
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
ROLL = HERE.parent / "sample-school" / "roll.csv"
SEED = 20260901
EACH_TYPO = 30  # rows of each mechanical kind

# Kinds in which the letters themselves are wrong: never to be answered as exact.
MISSPELT = frozenset({"dropped", "doubled", "transposed", "neighbour", "phonetic"})


class Case(NamedTuple):
    """What was typed, whom it meant, and in which way it differs from the roll."""

    typed: str
    admission: str
    kind: str


Row = dict[str, str]

NEIGHBOURS = {  # UK QWERTY, the keys to the left and right and the nearest above or below
    "a": "sqz", "b": "vn", "c": "xv", "d": "sfe", "e": "wrd", "f": "dgr", "g": "fht", "h": "gjy", "i": "uok",
    "j": "hku", "k": "jli", "l": "kop", "m": "n", "n": "bm", "o": "ipl", "p": "o", "q": "wa", "r": "etf",
    "s": "adw", "t": "ryg", "u": "yij", "v": "cb", "w": "qes", "x": "zc", "y": "tuh", "z": "xa",
}  # fmt: skip

HAND = {
    "phonetic": """
        Shivon Chen 25|Shivaun Walker 176|Siobahn Chen 25|Chevonne Walker 176|Aylee Davies 66|Eyelee Okafor 17
        Ailee Clarke 144|Ailidh Okafor 17|Ewan Voychik 62|Euan Wojchik 62|Eli Voytsik 195|Eli Wojick 195
        Daisy Nuen 47|Daisy Nwin 47|Dazy Newyen 47|Mateush Roberts 11|Matoosh Davies 120|Neve Kaur 164
        Neeve Wright 85|Neev McKensie 158|Niahm Fernandez 147|Nieve Dang 169|Reece Muller 9|Reese Williams 12
        Rees Dang 109|Reece van Dyke 115|Wookash Clarke 52|Lucash Johnson 97|Lukash Jackson 72|Lukas Dang 8
        Hosay Nowak 10|Hozay Williams 131|Kloe Taylor 128|Cloe Hussein 80|Khloe Davies 142|Clowy MacDonald 7
        Fateema Adeyemi 111|Fatimah Okafor 125|Ayesha Brown 65|Ayisha Robinson 173|Aiesha Begum 196
        Eyela Ahmed 172|Iyla Green 139|Orlagh Roberts 143|Ohrla White 29|Finley Jones 2|Phinlay Muller 110
        Sofia MacDonald 174|Sophia Brown 146|Olivia Clarke 98|Yousef Patel 186|Usuf Wright 124
        Mohammed Clarke 165|Muhamed Nowak 182|Preeya Kaur 123|Pria Adeyemi 102|Adayzay Smith 42
        Adaeza MacDonald 89|Toonday Ahmed 48|Tundeh Nowak 114|Serren Davies 126|Siren Garcia 129|Fraya Williams 54
        Freia MacDonald 201|Inez Khan 46|Ynes Smith-Jones 207|Aaryn Wright 130|Eryn Li 149|May Clarke 199
        Kye Kaur 49|Ky Lloyd Hughes 187|Ivey Nowak 79|Eevie O'Brien 95|Zowie Williams 27|Zooey Fernandes 6
        Gorge Khan 188|Jeorge St John 152|Seren Garsia 129|Archie Fernandis 99|Hannah Mueller 104|Rosie Moolar 90
        Hannah Adayemi 193|Eilidh Ockafor 17|Ava Hussein 35|Amelia Hoosain 84|Toby Kor 69|Kai Caur 49
        Harry Beegum 202|Grace Mackenzie 136|Jack Makenzie 3|Ben McDonald 166|Leo Smyth-Jones 159|Kai Loid Hews 187
        Leo Loyd-Hughs 121|Noah O'Neal 171|Isla Oneel 77|Maya O'Brien 15|Finlay O'Bryan 200|Molly O'Brian 204
        Poppy Sinjin 156|Molly Novak 170|Tunde Novack 114|Fatima van Dyke 1|Rhys Vandyke 115|Aisha de Sousa 162
        Aisha Desooza 162|Maya Al-Farsee 190|Oscar El Farsi 183|Jaimie Wilson 13|Jaymee Hussain 203
        Kaleb Walker 191|Kayleb Brown 21|Oskar Wilson 101|Arfur Wood 161|Hanna Roberts 22|Mya Williams 112
        Lilly Chen 177|Mollie Walker 87|Noa O'Brien 208|Alfie Davis 44|Ben Thomson 59|Isla Tomson 53
        Grace Rite 181|Yusuf Right 124|Poppy Tailor 71|Jamie Jonson 154|Isla Achmed 172|Toby Lee 119|Teddy Haul 155
        Euan Walker 118|Ewen MacDonald 93|Alijah Wojcik 195""",
    "diacritics": """
        Zoe Fernandez 6|chloe macdonald 7|Lukasz Dang 8|jose nowak 10|Siobhan Walker 176|Ines Patel 157
        Ewan Wojcik 62|DAISY NGUYEN 47|rhys muller 9|Sam Garcia 88|Ivy O Briain 4|lily dang 175|Zöe Singh 197
        Chloè Begum 167|Lukasz Clarke 52|Zoê O'Brien 60""",
    "punctuation": """
        orla obrien 39|Orla O’Brien 39|Orla O`Brien 39|Isla O'Neill 77|isla oneill 77|Noah O´Neill 171|Noah OBrien 208
        Jamie Lloyd Hughes 70|Kai Lloyd–Hughes 187|Maya Al Farsi 190|finlay alfarsi 37|Oscar Al_Farsi 183
        Poppy St John 156|harry st.john 198|Erin Smith.Jones 91|Ruby Smith/Jones 140|Finlay Ó'Briain 200
        Molly OʼBrien 204|Ava O‘Neill 132|Erin OBriain 160""",
    "part": """
        Kai Hughes 187|Leo Lloyd 121|ollie lloyd 40|Jamie Hughes 70|Ruby Jones 140|Inês Smith 207|Leo Jones 159
        Maya Farsi 190|Tunde Farsi 133|Fatima Dijk 1|rhys dijk 115|Aisha Souza 162|Ivy Briain 4|George John 152
        Hughes 2 Cedar 187|Farsi 5 Fir 183""",
    "short": """
        Oliver Jones 135|Sammy Garcia 88|Oli van Dijk 20|Olly Al-Farsi 63|Benjamin Wright 28|Alfred Davies 44
        Archibald Khan 82|Theodore Hall 155|Ted Hall 155|Mo Nowak 182|Eli Wójcik 195|Tobias Kaur 69|Matty Davies 120
        Samuel Fernandez 168|James Begum 31|Muhammad C 165|Fin Johnson 116|Ben E 41""",
    "legal": """
        Siobhán Chen 25|siobhan walker 176|Mateusz Roberts 11|Mateusz D 120|Muhammad Clarke 165|Muhammad Nowak 182
        Elijah Wojcik 195|Samuel García 88|Oliver Đặng 18|Theo Hall 155|Oliver Lloyd-Hughes 40|Shiv Walker 176""",
    "reversed": """
        Nowak Jamie 36|Jones, Freya 106|Al-Farsi Priya 34|van Dijk, Fatima 1|LLOYD-HUGHES Leo 121|O'Brien Evie 95
        Đặng Rosie 148|smith grace 151|Fernández, Niamh 147|St. John George 152|Wilson, Maya 92|Li Erin 149
        de Souza Aisha 162|Ó Briain Finlay 200""",
    "class": """
        Jamie 3H 13|Jamie J 4 Elm 14|Chloé 5 Fir 7|Zoë (3B) 60|aisha 3b 68|Jamie Jones 5 Fir 23
        Ivy 3b 4|Rosie 1 Beech 90
                Hannah Reception Acorns 137|Oscar 4Elm 134|Maya - 6 Hazel 64|Poppy 6 hazel 184
        Jamie McKenzie 3H 141|Jamie McKenzie, 3B 108|Chloe Begum 4 elm 206|Niamh 3 B 164|Freya Reception 201""",
    "joined": """
        JamieWilson 13|zoësingh 197|lilychen 177|GraceSmith 151|Fatima vandijk 1|jamie lloydhughes 70|georgestjohn 152
        Aisha desouza 162|FreyaMacDonald 201|TobyLi 119|Erin SmithJones 91|ivyobriain 4|noahobrien 208
        MayaAlFarsi 190""",
    "split": """
        Ewan Mac Donald 93|Jack Mc Kenzie 3|Noah O Brien 208|Isla O Neill 77|Fin lay Jones 2|Chlo é Taylor 128
        Grace Wri ght 181|Ade ye mi Hannah 193|Oka for Eilidh 17|Freya Will iams 54|Tunde Ah med 48|Poppy Tay lor 71
        Mol ly Walker 87|Ar thur Wilson 153""",
}


def roll() -> list[Row]:
    """The invented school's pupils, as the management system exports them."""
    with ROLL.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read(name: str) -> list[Case]:
    """One half: "tuning" or "held_out"."""
    with (HERE / f"misspellings_{name}.csv").open(encoding="utf-8", newline="") as file:
        return [Case(row["typed"], row["admission"], row["kind"]) for row in csv.DictReader(file)]


def plain(text: str) -> str:
    """Letters only, so that a typo which leaves the word what it was can be seen. Not the search's own folding."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).lower() if c.isalnum())


def dropped(word: str, at: int, _dice: random.Random) -> str:
    """One letter missing."""
    return word[:at] + word[at + 1 :]


def doubled(word: str, at: int, _dice: random.Random) -> str:
    """One letter twice."""
    return word[: at + 1] + word[at:]


def transposed(word: str, at: int, _dice: random.Random) -> str:
    """One letter and the next the wrong way round."""
    return word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]


def neighbour(word: str, at: int, dice: random.Random) -> str:
    """One letter from the key beside it."""
    return word[:at] + dice.choice(NEIGHBOURS.get(word[at].lower(), word[at])) + word[at + 1 :]


TYPOS: tuple[Callable[[str, int, random.Random], str], ...] = (dropped, doubled, transposed, neighbour)


def typos(pupils: list[Row], dice: random.Random) -> Iterator[Case]:
    """Slips of the finger: mostly a full name with one slip, sometimes in both words, sometimes forename and class."""
    known = {plain(word) for row in pupils for key in row if "name" in key for word in (row[key], *row[key].split())}
    for slip in TYPOS:
        made = 0
        while made < EACH_TYPO:
            row = dice.choice(pupils)
            words = [row["Preferred Forename"], row["Preferred Surname"]]
            shape = dice.random()
            which = (0, 1) if shape < 0.15 else (0,) if shape < 0.55 else (1,)
            if shape >= 0.9:  # forename and class
                words, which = [words[0], row["Registration Group"]], (0,)
            slipped = {i: slip(words[i], dice.randrange(len(words[i])), dice) for i in which if len(words[i]) > 2}
            if not slipped or any(plain(new) in known or len(plain(new)) < 2 for new in slipped.values()):
                continue
            yield Case(
                " ".join(slipped.get(i, word) for i, word in enumerate(words)), row["Admission Number"], slip.__name__
            )
            made += 1


def by_hand() -> Iterator[Case]:
    """The table above, one case an entry."""
    for kind, table in HAND.items():
        for entry in table.replace("\n", "|").split("|"):
            typed, _, number = entry.strip().rpartition(" ")
            if typed:
                yield Case(typed, number.zfill(6), kind)


def halves() -> tuple[list[Case], list[Case]]:
    """All cases, shuffled by the seed and dealt in turn: tuning, held out."""
    dice = random.Random(SEED)
    cases = [*by_hand(), *typos(roll(), dice)]
    dice.shuffle(cases)
    return cases[::2], cases[1::2]


def write() -> None:
    """Both halves as CSV, sorted by kind so that a person can read them."""
    tuning, held_out = halves()
    for name, cases in (("tuning", tuning), ("held_out", held_out)):
        with (HERE / f"misspellings_{name}.csv").open("w", encoding="utf-8", newline="") as file:
            cases.sort(key=lambda case: (case.kind, case.typed))
            csv.writer(file, lineterminator="\n").writerows([Case._fields, *cases])


if __name__ == "__main__":
    write()
