"""Every message that nobody asked for, in one list. What each says is decided by its feature when it is sent."""

import enum
from collections.abc import Mapping


class Notice(enum.StrEnum):
    """A message by the record it speaks of: `<feature>.<what happened>`."""

    ACCESS_WAITS = "access.waits"  # to a decider: a request waits for you
    ACCESS_STANDS = "access.stands"  # to the asker: how the request stands
    CONTENT_WAITS = "content.waits"  # to whoever completes the report
    CONTENT_TOLD = "content.told"  # to the headteacher (§6.7)
    CONTENT_STANDS = "content.stands"  # to the reporter
    PERMISSION_WAITS = "permissions.waits"  # to whoever decides: somebody asks for permission
    PERMISSION_STANDS = "permissions.stands"  # to the asker
    POSTING_CHECKED = "posting.checked"  # to whoever checked a picture: the answer, and what to press next
    POSTING_STALE = "posting.stale"  # to whoever holds a check: something has changed, do not post it as it is
    POSTING_STANDS = "posting.stands"  # to whoever posted it
    BREACH_WAITS = "breaches.waits"  # to the data protection officer, or who stands in: a breach was logged
    BREACH_STANDS = "breaches.stands"  # to whoever logged it
    BREACH_CLOCK = "breaches.clock"  # to whoever decides: the 72 hours run out
    TAKE_DOWN_OPEN = "take_downs.open"  # to whoever looks after a place: pictures that have to come down
    TAKE_DOWN_LATE = "take_downs.late"  # to the headteacher: some have not come down
    TAKE_DOWN_CONFIRM = "take_downs.confirm"  # to the headteacher: what cannot be taken down
    CONSENT_SHOWN_AGAIN = "consent.shown_again"  # to the headteacher: what kept a child out of pictures was struck out
    CONSENT_IMPORT_UNDONE = "consent.import_undone"  # to the headteacher: with an import went what kept children out
    REGISTER_CHANGE = "register.change"  # to the E-Safety Co-ordinator: change the filter
    LOOKS_TOLD = "looks.told"  # to the data protection officer: somebody looks through class after class
    DELIVERY_READY = "deliveries.ready"  # to whoever asked for a form or a list as a file
    TRAINING_PROPOSED = "training.proposed"  # to the headteacher: a refresher is proposed (§9.7)
    REMINDERS_DIGEST = "reminders.digest"  # to anybody: what is due, once a morning
    WELCOME = "welcome.told"  # to each colleague at a new school, once: what Lanyard is
    POLICY_SIGN = "policy.sign"  # to a reviewer: the policy is under review, please sign
    ABSENCE_WRITTEN = "absences.written"  # to somebody whom a colleague has written down as away
    ACKNOWLEDGEMENT_ASKED = "acknowledgement.asked"  # to everybody: the policy has changed, please read

    PERSON_ASKED = "persons.asked"  # to the office: is whoever uses a colleague's address now the same person?
    ROLE_CHANGED = "role_changes.told"  # to whoever has a role now or has lost one, and to the headteacher
    RELAY_NOW = "relays.now"  # to whoever can reach a role holder outside Slack: tell them, it may not wait
    RELAY_WAITS = "relays.waits"  # the same, for what keeps to school hours

    @property
    def feature(self) -> str:
        """Return the feature that this speaks of."""
        return self.value.split(".", 1)[0]

    @property
    def hours(self) -> "Hours":
        """Return when it may be sent."""
        return HOURS[self]


class Hours(enum.Enum):
    """When a message may be sent."""

    ANY = "at any hour"
    AS_IT_CAME = "at once where a person has just done something, in school hours where the timetable has"
    SCHOOL = "in the working hours of a school day"


# Nobody learns to whom these went: the person whom a report is about might be reading.
PRIVATE = frozenset(notice for notice in Notice if notice.feature in {"content", "relays", "breaches"})

# To whoever holds an office: a holder outside Slack is told by a colleague (`Feature.tellings`). All others go to
# people who have done something themselves, or who work with Lanyard every day.
BY_OFFICE = frozenset(
    {
        Notice.ACCESS_WAITS,
        Notice.CONTENT_WAITS,
        Notice.CONTENT_TOLD,
        Notice.PERMISSION_WAITS,
        Notice.BREACH_WAITS,
        Notice.TAKE_DOWN_LATE,
        Notice.TAKE_DOWN_CONFIRM,
        Notice.CONSENT_SHOWN_AGAIN,
        Notice.CONSENT_IMPORT_UNDONE,
        Notice.REGISTER_CHANGE,
        Notice.LOOKS_TOLD,
        Notice.TRAINING_PROPOSED,
        Notice.POLICY_SIGN,
        Notice.PERSON_ASKED,
    }
)

HOURS: Mapping[Notice, Hours] = {
    Notice.ACCESS_WAITS: Hours.AS_IT_CAME,
    Notice.ACCESS_STANDS: Hours.AS_IT_CAME,
    Notice.CONTENT_WAITS: Hours.ANY,  # a report may not wait (§5.5, 6.7, 7.3)
    Notice.CONTENT_TOLD: Hours.ANY,
    Notice.CONTENT_STANDS: Hours.ANY,
    Notice.PERMISSION_WAITS: Hours.AS_IT_CAME,
    Notice.PERMISSION_STANDS: Hours.AS_IT_CAME,
    Notice.POSTING_CHECKED: Hours.ANY,  # whoever asks is there
    Notice.POSTING_STALE: Hours.ANY,  # or it is posted
    Notice.POSTING_STANDS: Hours.ANY,
    Notice.BREACH_WAITS: Hours.ANY,  # 72 hours are real ones: UK GDPR Art 33
    Notice.BREACH_STANDS: Hours.ANY,
    Notice.BREACH_CLOCK: Hours.ANY,
    Notice.TAKE_DOWN_OPEN: Hours.ANY,  # a take-down does not wait, in holidays neither [K]
    Notice.TAKE_DOWN_LATE: Hours.ANY,
    Notice.TAKE_DOWN_CONFIRM: Hours.AS_IT_CAME,
    Notice.CONSENT_SHOWN_AGAIN: Hours.ANY,  # a picture may be used from this moment on
    Notice.CONSENT_IMPORT_UNDONE: Hours.ANY,
    Notice.REGISTER_CHANGE: Hours.AS_IT_CAME,
    Notice.LOOKS_TOLD: Hours.SCHOOL,  # a question to ask, not an alarm
    Notice.DELIVERY_READY: Hours.ANY,  # whoever asks for a file is there
    Notice.TRAINING_PROPOSED: Hours.AS_IT_CAME,
    Notice.REMINDERS_DIGEST: Hours.SCHOOL,
    Notice.WELCOME: Hours.SCHOOL,
    Notice.POLICY_SIGN: Hours.SCHOOL,
    Notice.PERSON_ASKED: Hours.AS_IT_CAME,
    Notice.RELAY_NOW: Hours.ANY,  # as what has to be told
    Notice.RELAY_WAITS: Hours.AS_IT_CAME,
    Notice.ROLE_CHANGED: Hours.ANY,  # who may decide has changed, and somebody may have to undo it
    Notice.ABSENCE_WRITTEN: Hours.ANY,  # whoever is here has to be able to say so before somebody stands in
    Notice.ACKNOWLEDGEMENT_ASKED: Hours.SCHOOL,  # to the whole staff
}
