"""How a pupil's record reads: each use's state in words, and everything that was ever recorded."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from bot.clock import spoken_day, spoken_instant
from bot.rules.consent.ledger import EntryKind, Matter, Occasion, State, Verdict
from bot.rules.consent.undo import may_strike_out
from bot.rules.people import Person
from bot.rules.school import Media, School, Use
from bot.services.consent.ledger import Record
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, Button, Modal, Section

HISTORY, STATE, FORM = page("ledger/history"), page("ledger/state"), page("ledger/record")
SHOWN = 40


def view(stands: Record, school: School, reader: Person) -> Modal:
    """Return the history of one pupil, with how it stood on a day and a way to ask for another.

    Beside each entry that the reader may strike out stands *Recorded in error*.
    """
    values = {"name": stands.pupil.name, "class_name": stands.pupil.class_name, "day": spoken_day(stands.day)}
    shown: list[Block] = [
        blocks.Section(HISTORY.text("on_day", **values, lines=state_lines(stands.states, school.uses)))
    ]
    if stands.known and stands.known != stands.states:
        then = state_lines(stands.known, school.uses)
        shown.append(blocks.Section(HISTORY.text("known", day=values["day"], lines=then)))
    picker = blocks.PickDay("day", stands.day.isoformat())
    shown.append(blocks.Field(HISTORY.text("day"), picker, name="day"))
    shown.append(blocks.Divider())
    for occasion in stands.occasions[:SHOWN]:
        first, *rest = shown_entry(occasion, stands.recorders, school)
        if not occasion.struck and may_strike_out(reader, occasion, stands.occasions):
            first = replace(first, accessory=_in_error(stands, occasion))
        shown += [first, *rest]
    if not stands.occasions:
        shown.append(blocks.Section(HISTORY.text("none")))
    if len(stands.occasions) > SHOWN:
        shown.append(blocks.Context(HISTORY.text("older", count=len(stands.occasions) - SHOWN)))
    return blocks.modal(
        HISTORY.text("title"),
        shown,
        form="ledger.history",
        submit=HISTORY.text("submit"),
        metadata={"pupil": stands.pupil.pupil_id},
    )


def state_lines(states: Mapping[Matter, State], uses: Sequence[Use]) -> list[dict[str, str]]:
    """Return for each use how photo and video stand, in words."""
    return [{"use": use.name, "states": _states(states, use)} for use in uses]


def disputed_names(states: Mapping[Matter, State], uses: Sequence[Use]) -> list[str]:
    """Return what is disputed, in words: "School website photo"."""
    return [
        f"{use.name} {medium}"
        for use in uses
        for medium in use.media
        if states.get((use.key, medium)) is State.DISPUTED
    ]


def _states(states: Mapping[Matter, State], use: Use) -> str:
    found = {medium: states.get((use.key, medium), State.NOT_RECORDED) for medium in use.media}
    if len(set(found.values())) == 1:
        return _word(next(iter(found.values())))
    return " · ".join(f"{medium} {_word(state)}" for medium, state in found.items())


def _word(state: State) -> str:
    return STATE.text(state.value.replace(" ", "_"))


def standing_now(stands: Record, school: School) -> list[Block]:
    """Return who it is, and how it stands today."""
    pupil = FORM.text("pupil", name=stands.pupil.name, class_name=stands.pupil.class_name)
    now = FORM.text("now", lines=state_lines(stands.states, school.uses))
    return [blocks.Section(pupil), blocks.Section(now)]


def _in_error(stands: Record, occasion: Occasion) -> Button:
    key = occasion.key
    spoken = HISTORY.text("in_error_spoken", recorded=spoken_day(occasion.effective_from))
    value = f"{stands.pupil.pupil_id}:{key.kind}:{key.number}"
    return Button(HISTORY.text("in_error"), f"undo.open:{key.kind}-{key.number}", value=value, spoken=spoken)


def shown_entry(occasion: Occasion, recorders: Mapping[int, str], school: School) -> list[Section]:
    """Return one entry of a history; what was struck out with who did it, when and why."""
    entry = _entry(occasion, recorders, school)
    if occasion.struck is None:
        return [Section(entry)]
    told = HISTORY.text(
        "struck_out",
        entry=entry,
        by=recorders.get(occasion.struck.by or 0) or HISTORY.text("nobody"),
        at=spoken_instant(occasion.struck.at, school.timezone),
        reasons=occasion.struck.reasons,
    )
    return [Section(part) for part in blocks.parts(told)]  # two reasons may be longer than a paragraph


def _entry(occasion: Occasion, recorders: Mapping[int, str], school: School) -> Wording:
    recorder = recorders.get(occasion.recorded_by or 0) or HISTORY.text("nobody")
    common = {
        "effective": spoken_day(occasion.effective_from),
        "reasons": occasion.reasons,
        "recorder": recorder,
        "recorded": spoken_instant(occasion.recorded_at, school.timezone),
    }
    if occasion.method is None:
        block = "flag" if occasion.key.kind is EntryKind.FLAG else "left"
        return HISTORY.text(block, **common, raised=occasion.raised)
    return HISTORY.text(
        "occasion",
        **common,
        method=FORM.text(f"method_{occasion.method}"),
        decided_by=occasion.decided_by,
        relationship=occasion.relationship,
        wording=occasion.wording,
        expires=spoken_day(occasion.expires_on) if occasion.expires_on else "",
        lines=_verdicts(occasion, school),
    )


def _verdicts(occasion: Occasion, school: School) -> list[dict[str, str]]:
    lines = []
    for verdict in Verdict:
        matters = [matter for matter, said in occasion.verdicts.items() if said is verdict]
        if matters:
            lines.append({"verdict": HISTORY.text(f"verdict_{verdict}"), "uses": _uses(matters, school)})
    return lines


def _uses(matters: Collection[Matter], school: School) -> str:
    """Name each use once: "everything", "Tapestry, Twitter/X (photo)"."""
    asked = {(use.key, medium) for use in school.uses for medium in use.media}
    if asked <= set(matters):
        return HISTORY.text("everything")
    names, media = {use.key: use.name for use in school.uses}, {use.key: set(use.media) for use in school.uses}
    found: dict[str, list[Media]] = {}
    for key, medium in matters:
        found.setdefault(key, []).append(medium)
    return ", ".join(
        names.get(key, key) if media.get(key, set()) <= set(these) else f"{names.get(key, key)} ({' and '.join(these)})"
        for key, these in found.items()
    )
