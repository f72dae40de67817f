"""How a pupil's record reads: each use's state in words, and everything that was ever recorded."""

from collections.abc import Mapping, Sequence

from bot.clock import spoken_day, spoken_instant
from bot.rules.consent.ledger import Matter, Occasion, State, Verdict
from bot.rules.school import School, Use
from bot.services.consent.ledger import Record
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block, Modal

HISTORY, STATE, FORM = page("ledger/history"), page("ledger/state"), page("ledger/record")
SHOWN = 40


def view(stands: Record, school: School) -> Modal:
    """Return the history of one pupil, with how it stood on a day and a way to ask for another."""
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
    shown += [_occasion(occasion, stands.recorders, school) for occasion in stands.occasions[:SHOWN]]
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


def _occasion(occasion: Occasion, recorders: Mapping[int, str], school: School) -> Block:
    recorder = recorders.get(occasion.recorded_by or 0) or HISTORY.text("nobody")
    common = {
        "effective": spoken_day(occasion.effective_from),
        "reasons": occasion.reasons,
        "recorder": recorder,
        "recorded": spoken_instant(occasion.recorded_at, school.timezone),
    }
    if occasion.method is None:
        return blocks.Section(HISTORY.text("flag", **common, raised=occasion.raised))
    text = HISTORY.text(
        "occasion",
        **common,
        method=FORM.text(f"method_{occasion.method}"),
        decided_by=occasion.decided_by,
        relationship=occasion.relationship,
        wording=occasion.wording,
        expires=spoken_day(occasion.expires_on) if occasion.expires_on else "",
        lines=_verdicts(occasion, school),
    )
    return blocks.Section(text)


def _verdicts(occasion: Occasion, school: School) -> list[dict[str, str]]:
    names = {use.key: use.name for use in school.uses}
    lines = []
    for verdict in Verdict:
        uses = [
            f"{names.get(use_key, use_key)} {medium}"
            for (use_key, medium), said in occasion.verdicts.items()
            if said is verdict
        ]
        if uses:
            lines.append({"verdict": HISTORY.text(f"verdict_{verdict}"), "uses": ", ".join(uses)})
    return lines
