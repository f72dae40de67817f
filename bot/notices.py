"""Every message that nobody asked for, in one list. What each says is decided by its feature when it is sent."""

import enum


class Notice(enum.StrEnum):
    """A message by the record it speaks of: `<feature>.<what happened>`."""

    ACCESS_WAITS = "access.waits"  # to a decider: a request waits for you
    ACCESS_STANDS = "access.stands"  # to the asker: how the request stands
    CONTENT_WAITS = "content.waits"  # to whoever completes the report
    CONTENT_TOLD = "content.told"  # to the headteacher (§6.7)
    CONTENT_STANDS = "content.stands"  # to the reporter
    REGISTER_CHANGE = "register.change"  # to the E-Safety Co-ordinator: change the filter
    DELIVERY_READY = "deliveries.ready"  # to whoever asked for a form or a list as a file
    TRAINING_PROPOSED = "training.proposed"  # to the headteacher: a refresher is proposed (§9.7)
    REMINDERS_DIGEST = "reminders.digest"  # to anybody: what is due, once a morning
    POLICY_SIGN = "policy.sign"  # to a reviewer: the policy is under review, please sign
    ACKNOWLEDGEMENT_ASKED = "acknowledgement.asked"  # to everybody: the policy has changed, please read

    @property
    def feature(self) -> str:
        """Return the feature that this speaks of."""
        return self.value.split(".", 1)[0]

    @property
    def is_urgent(self) -> bool:
        """Tell whether it is sent at any hour; everything else waits for the working hours of a school day."""
        return self.feature in URGENT


# Features whose messages do not wait: a report may not (§5.5, 6.7, 7.3), and whoever asks for a file is there.
URGENT = frozenset({"content", "deliveries"})
