"""Who reads what in the morning: put off, handed over, away, and the headteacher's lines."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.people import Person, Standing
from bot.rules.reminders.digest import Arrangements, Line, Why, heads, lines
from bot.rules.reminders.stages import Item, Plan, reached
from bot.rules.school import Role

DUE = date(2026, 11, 23)
ANN, BEN, HANA, DEV = range(1, 5)


def item(today: date = DUE, who: int = ANN) -> Item:
    stage = reached(DUE, today, Plan())
    assert stage
    return Item("access", "access-7-0", who, DUE, stage)


def arranged(**changes: object) -> Arrangements:
    return Arrangements(**{"here": frozenset({ANN, BEN, HANA, DEV}), "heads": (HANA,), **changes})  # type: ignore[arg-type]


def told(found: list[Line]) -> list[tuple[int, Why]]:
    return [(line.reader_id, line.why) for line in found]


def person(person_id: int, *roles: Role, standing: Standing = Standing.STAFF, account: str | None = "U1") -> Person:
    return Person(person_id, "x", "x@x.example", account, standing, frozenset({Role.STAFF, *roles}), (), None)


def test_its_owner_reads_it() -> None:
    assert told(list(lines([item()], arranged(), DUE))) == [(ANN, Why.OWN)]


def test_who_took_it_over_reads_it_unless_they_have_left() -> None:
    taken = {item().reference: BEN}
    assert told(list(lines([item()], arranged(taken=taken), DUE))) == [(BEN, Why.OWN)]
    assert told(list(lines([item()], arranged(taken=taken, here=frozenset({ANN, HANA})), DUE))) == [(ANN, Why.OWN)]


def test_what_is_put_off_is_silent_until_its_day_and_then_told_again() -> None:
    until = DUE + timedelta(days=1)
    off = arranged(put_off={(ANN, item().reference): until})
    assert list(lines([item()], off, DUE)) == []
    first = next(lines([item()], arranged(), DUE))
    (again,) = lines([item(until)], off, until)
    assert again.told_key != first.told_key


def test_whoever_gets_a_thing_is_told_of_it_be_it_the_one_who_had_it_before() -> None:
    ways: list[dict[str, int] | None] = [
        None,
        {item().reference: BEN},
        {item().reference: DEV},
        {item().reference: ANN},
    ]
    told_keys = [next(lines([item()], arranged(taken=taken), DUE)).told_key for taken in ways]
    assert len(set(told_keys)) == len(ways)
    assert next(lines([item()], arranged(taken={"another thing": BEN}), DUE)).told_key == told_keys[0]


def test_what_is_put_off_twice_is_told_on_both_days() -> None:
    days = [DUE + timedelta(days=days) for days in (1, 2)]
    off = [arranged(put_off={(ANN, item().reference): day}) for day in days]
    first, second = (next(lines([item()], each, days[-1])).told_key for each in off)
    assert first != second


def test_what_is_handed_over_to_somebody_who_may_not_do_it_stays_where_it_was() -> None:
    only_devs = replace(item(), takers=frozenset({DEV}))
    assert told(list(lines([only_devs], arranged(taken={item().reference: BEN}), DUE))) == [(ANN, Why.OWN)]
    assert told(list(lines([only_devs], arranged(taken={item().reference: DEV}), DUE))) == [(DEV, Why.OWN)]


def test_what_is_nobody_elses_business_is_told_to_no_head_however_late() -> None:
    today = DUE + timedelta(days=30)
    private = replace(item(today), is_private=True)
    assert told(list(lines([private], arranged(), today))) == [(ANN, Why.OWN)]
    assert list(lines([private], arranged(away=frozenset({ANN})), today)) == []
    assert list(lines([private], arranged(here=frozenset({HANA})), today)) == []


def test_of_several_heads_each_is_told_once_and_by_a_line_of_their_own() -> None:
    today = DUE + timedelta(days=14)
    both = list(lines([item(today)], arranged(heads=(HANA, DEV)), today))
    assert told(both) == [(ANN, Why.OWN), (HANA, Why.ESCALATED), (DEV, Why.ESCALATED)]
    assert len({line.told_key for line in both}) == 3
    left = list(lines([item(today)], arranged(heads=(HANA,), here=frozenset({HANA})), today))
    assert told(left) == [(HANA, Why.ESCALATED)]


def test_what_is_only_shown_is_told_to_whoever_put_it_off_or_took_it_over() -> None:
    today = DUE - timedelta(days=20)
    stage = reached(DUE, today, Plan(before_days=(7,), shown_before_days=30))
    assert stage
    shown = replace(item(), stage=stage)
    assert list(lines([shown], arranged(), today)) == []
    assert list(lines([shown], arranged(away=frozenset({ANN})), today)) == []
    assert told(list(lines([shown], arranged(put_off={(ANN, shown.reference): today}), today))) == [(ANN, Why.OWN)]
    assert told(list(lines([shown], arranged(taken={shown.reference: BEN}), today))) == [(BEN, Why.OWN)]


def test_who_is_away_is_not_told_but_listed() -> None:
    assert told(list(lines([item()], arranged(away=frozenset({ANN})), DUE))) == [(HANA, Why.AWAY)]


def test_what_somebody_else_sees_to_meanwhile_is_not_listed_unless_it_was_handed_over() -> None:
    covered = replace(item(), is_covered=True)
    assert list(lines([covered], arranged(away=frozenset({ANN})), DUE)) == []
    taken = {covered.reference: BEN}
    assert told(list(lines([covered], arranged(away=frozenset({BEN}), taken=taken), DUE))) == [(HANA, Why.AWAY)]


def test_what_is_overdue_for_long_is_told_to_the_head_too_even_if_put_off() -> None:
    today = DUE + timedelta(days=14)
    both = list(lines([item(today)], arranged(), today))
    assert told(both) == [(ANN, Why.OWN), (HANA, Why.ESCALATED)]
    off = arranged(put_off={(ANN, item().reference): today + timedelta(days=1)})
    assert told(list(lines([item(today)], off, today))) == [(HANA, Why.ESCALATED)]
    assert told(list(lines([item(today, HANA)], arranged(), today))) == [(HANA, Why.OWN)]


def test_leavers_and_strangers_to_slack_are_not_told() -> None:
    assert list(lines([item()], arranged(here=frozenset({HANA})), DUE)) == []


def test_the_deputy_hears_of_it_while_the_head_is_away() -> None:
    everybody = [
        person(HANA, Role.HEADTEACHER),
        person(DEV, Role.DEPUTY_HEADTEACHER),
        person(9, Role.HEADTEACHER, standing=Standing.LEFT),
        person(10, Role.HEADTEACHER, account=None),
    ]
    assert heads(everybody, ()) == (HANA,)
    assert heads(everybody, {HANA}) == (DEV,)
    assert heads(everybody, {HANA, DEV}) == ()


@given(st.dates(DUE - timedelta(days=20), DUE + timedelta(days=60)), st.booleans(), st.booleans(), st.booleans())
def test_no_key_is_given_twice(today: date, taken: bool, off: bool, away: bool) -> None:
    found = [
        each
        for who in (ANN, BEN, HANA)
        if (stage := reached(DUE, today, Plan()))
        for each in [Item("access", "access-7-0", who, DUE, stage)]
    ]
    given_away = arranged(
        taken={f"access-7-0-{ANN}-{DUE:%Y%m%d}": BEN} if taken else {},
        put_off={(BEN, f"access-7-0-{BEN}-{DUE:%Y%m%d}"): DUE} if off else {},
        away=frozenset({ANN} if away else ()),
    )
    keys = [line.told_key for line in lines(found, given_away, today)]
    assert len(keys) == len(set(keys))
    assert all(len(key) <= 200 for key in keys)


@given(st.dates(DUE - timedelta(days=2), DUE + timedelta(days=60)), st.integers(-9, 30))
def test_a_moved_due_day_changes_no_key_of_a_stage(today: date, moved: int) -> None:
    """Whatever the calendar does: the same stage of the same wait is the same thing."""
    since = DUE - timedelta(days=10)

    def keys(due: date) -> dict[str, str]:
        stage = reached(due, today, Plan(before_days=()))
        found = [Item("access", "access-7-0", ANN, due, stage, anchor=since)] if stage else []
        return {line.item.stage.name: line.told_key for line in lines(found, arranged(), today)}

    before, after = keys(DUE), keys(DUE + timedelta(days=moved))
    assert all(after[name] == before[name] for name in before.keys() & after.keys())
    assert len({*before.values(), *after.values()}) == len({*before, *after})
