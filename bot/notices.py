"""Every message that nobody asked for, in one list. What each says is decided by its feature when it is sent."""

import enum


class Notice(enum.StrEnum):
    """A message by the record it speaks of: `<feature>.<what happened>`."""

    ACCESS_WAITS = "access.waits"  # to a decider: a request waits for you
    ACCESS_STANDS = "access.stands"  # to the asker: how the request stands
    ACCESS_REMINDS = "access.reminds"  # to a decider: it still waits
    ACCESS_APPLY = "access.apply"  # to the E-Safety Co-ordinator: change the filter
    CONTENT_WAITS = "content.waits"  # to whoever completes the report
    CONTENT_TOLD = "content.told"  # to the headteacher (§6.7)
    CONTENT_STANDS = "content.stands"  # to the reporter
    POLICY_SIGN = "policy.sign"  # to a reviewer: the policy is under review, please sign
    ACKNOWLEDGEMENT_ASKED = "acknowledgement.asked"  # to everybody: the policy has changed, please read

    @property
    def feature(self) -> str:
        """Return the feature that this speaks of."""
        return self.value.split(".", 1)[0]
