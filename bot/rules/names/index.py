"""Find a pupil by what somebody typed. Pure; nothing here reads the clock, the database or Slack.

A word that is a pupil's name is *exact*; a word that is only like one is *near*, offered and never answered. Both can
hold: "Jaime" may be one pupil and a slip for another, "Jamie". Source: domain notes, photo consent 10.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from bot.rules.names.folding import MOST_JOINED, fold, forms, natural, room_names, words
from bot.rules.names.short import FULL_OF, SHORT_OF, Vocabulary, like, related, siblings

LONGEST = 200  # characters typed; more is not a name
MOST_WORDS = 12
MOST_NEAR = 10
OF_EACH = 1_500  # bytes of memory that one pupil takes: 1,000 to 1,900 measured, by how many have been asked about

# What a typed word is worth when it is a name: less must be taken off than for any misspelling.
WORTH = (1.0, 0.97, 0.95)  # by cost: 0 a name, 1 a short form of one, 2 the surname's initial
SIBLING = 0.9  # Sammy for somebody known as Sam
FORENAME_INITIAL = 0.75  # "J Wilson"; too little to stand beside exact matches

# Tuned on tests/rules/misspellings_tuning.csv, as scores from 0 to 1 averaged over the words.
FLOOR = {1: 0.7, 2: 0.7}  # else 0.6
CLOSE = 0.2  # beside exact matches, all words together may lack this much
MARGIN = 0.1  # how far behind the best suggestion another may be
SHARED = 0.4  # the least share of letters in common
WHOLE_FLOOR = 0.75
LAST_RESORT, MOST_NEAREST = 0.5, 3  # the same, where there is nobody else to offer
LEAST_TYPED, LEAST_BEGUN = 2, 3  # letters before type-ahead finds a whole name ("Jo", "Li"); what a name begins with


@dataclass(frozen=True, slots=True)
class Named:
    """One pupil as the search sees them."""

    pupil_id: int
    forename: str  # preferred
    surname: str  # preferred
    legal_forename: str
    legal_surname: str
    former: tuple[str, ...]  # former full names, as written
    class_name: str
    on_roll: bool  # False: left, or not yet started
    born_on: date | None = None  # not searched for: it tells two of one name apart


class Found(NamedTuple):
    """Pupil ids, best first. `exact`: every word typed is this pupil's. `near`: who may have been meant, at most 10."""

    exact: tuple[int, ...]
    near: tuple[int, ...]


BEFORE_CLASS = frozenset({"class", "in", "year", "yr"})
NOBODY = Found((), ())
RoomCalled = Callable[[str], frozenset[int] | None]
Places = Mapping[str, tuple[int, ...]]  # word → who has it, as places in Index._pupils


def _only(costs: Mapping[int, int], within: Container[int]) -> dict[int, int]:
    return {at: cost for at, cost in costs.items() if at in within}


class Index:
    """The names of one school's roll, made once per roll version."""

    def __init__(self, pupils: Iterable[Named]) -> None:
        key = {p: (not p.on_roll, fold(p.surname), fold(p.forename), p.pupil_id) for p in pupils}
        self._pupils = tuple(sorted(key, key=key.__getitem__))  # so that a place is also a rank
        self._left = sum(pupil.on_roll for pupil in self._pupils)  # from this place on: not on roll
        self._at = {pupil.pupil_id: place for place, pupil in enumerate(self._pupils)}
        self._liked: dict[tuple[str, float], dict[int, float]] = {}
        self._index_names()
        self._index_near()
        self._index_classes()
        self._index_alike()

    def _index_names(self) -> None:
        names, forenames, legal, initials = (defaultdict[str, dict[int, None]](dict) for _ in range(4))
        for place, pupil in enumerate(self._pupils):
            first, last = [pupil.forename, pupil.legal_forename], [pupil.surname, pupil.legal_surname]
            for former in pupil.former:
                head, _, tail = " ".join(former.split()).partition(" ")
                first.append(head)
                last.append(tail)
            for form in (form for name in dict.fromkeys(first) for form in forms(name)):
                names[form][place] = forenames[form][place] = None
            for form in forms(pupil.legal_forename or pupil.forename):
                if form in FULL_OF:
                    legal[form][place] = None
            for form in (form for name in dict.fromkeys(last) for form in forms(name)):
                names[form][place] = initials[form[0]][place] = None
        self._names, self._forenames, self._legal, self._initials = (
            {word: tuple(places) for word, places in table.items()} for table in (names, forenames, legal, initials)
        )
        self._sorted = sorted(self._names)

    def _index_near(self) -> None:
        self._vocabulary = Vocabulary(self._sorted)
        whole = {
            (fold(f"{forename} {surname}").replace(" ", ""), place): None
            for place, pupil in enumerate(self._pupils)
            for forename in {pupil.forename, pupil.legal_forename}
            for surname in {pupil.surname, pupil.legal_surname}
        }
        self._whole, self._whole_at = [name for name, _ in whole if name], [place for name, place in whole if name]

    def _index_classes(self) -> None:
        rooms: defaultdict[str, set[int]] = defaultdict(set)
        self._classes: dict[str, tuple[int, ...]] = {}
        for place, pupil in enumerate(self._pupils):
            if not pupil.class_name.strip():
                continue
            for name in room_names(pupil.class_name):
                rooms[name].add(place)
            if pupil.on_roll:
                self._classes[pupil.class_name] = (*self._classes.get(pupil.class_name, ()), pupil.pupil_id)
        self._rooms = {name: frozenset(places) for name, places in rooms.items()}
        self.classes = tuple(sorted(self._classes, key=natural))
        self._known_rooms = {name: self._rooms[fold(name).replace(" ", "")] for name in self.classes if fold(name)}

    def _index_alike(self) -> None:
        """Note who has the same name as another of the same class, or as another who is not on roll either."""
        together: defaultdict[tuple[str, str | None], list[int]] = defaultdict(list)
        for pupil in self._pupils:
            name = fold(f"{pupil.forename} {pupil.surname}")
            together[name, pupil.class_name].append(pupil.pupil_id)
            if not pupil.on_roll:
                together[name, None].append(pupil.pupil_id)
        alike: dict[int, set[int]] = {}
        for several in together.values():
            if len(several) > 1:
                for pupil_id in several:
                    alike.setdefault(pupil_id, set()).update(several)
        self._alike = {pupil_id: tuple(sorted(others)) for pupil_id, others in alike.items()}

    def alike(self, pupil_id: int) -> tuple[int, ...]:
        """The ids of pupils whom name and class do not tell apart, this one included; none if there is no other."""
        return self._alike.get(pupil_id, ())

    def __getitem__(self, pupil_id: int) -> Named:
        return self._pupils[self._at[pupil_id]]

    def __contains__(self, pupil_id: object) -> bool:
        return pupil_id in self._at

    def __len__(self) -> int:
        return len(self._pupils)

    @property
    def weight(self) -> int:
        """Return about how much memory it takes, in bytes."""
        return OF_EACH * len(self)

    @property
    def without_class(self) -> tuple[int, ...]:
        """Return who is on roll, and in no class list yet."""
        return tuple(pupil.pupil_id for pupil in self._pupils if pupil.on_roll and not pupil.class_name.strip())

    def members(self, class_name: str) -> tuple[int, ...]:
        """Who is on roll in a class, by surname and forename; nobody if there is no such class."""
        return self._classes.get(class_name, ())

    def find(self, typed: str, class_name: str | None = None) -> Found:
        """Whom the typed name means. A class after (or before) the name narrows it, and so does `class_name`."""
        said = words(typed) if len(typed) <= LONGEST else ()
        if not said or len(said) > MOST_WORDS:
            return NOBODY
        within: Container[int] = range(len(self._pupils))
        if class_name is not None:
            within = self._room_of(class_name)
        names, room = self._split(said, self._rooms.get)
        exact = _only(self._exact(said), within)
        if room is None:
            return self._ranked(said, exact, within)
        room = frozenset(at for at in room if at in within)
        here = self._exact(names)
        found = self._ranked(names, _only(here, room) | exact, room)
        # The right name with the wrong class is a slip too.
        elsewhere = () if found.exact else self._ids(sorted(at for at in here if at in within))
        return Found(found.exact, tuple(dict.fromkeys(found.near + elsewhere))[:MOST_NEAR])

    def nearest(self, typed: str, class_name: str | None = None) -> tuple[int, ...]:
        """Whose full name, letter by letter, is most like what was typed: a last resort where find() finds nobody."""
        said = words(typed) if len(typed) <= LONGEST else ()
        within = range(len(self._pupils)) if class_name is None else self._room_of(class_name)
        close: dict[int, float] = {}
        for _, score, place in like("".join(said), self._whole, score_cutoff=LAST_RESORT) if said else ():
            at = self._whole_at[place]
            if at in within:
                close[at] = max(score, close.get(at, 0.0))
        least = max(close.values(), default=0.0) - MARGIN
        best = sorted((at for at in close if close[at] >= least), key=lambda at: (at >= self._left, -close[at], at))
        return self._ids(best[:MOST_NEAREST])

    def _room_of(self, class_name: str) -> frozenset[int]:
        if class_name not in self._known_rooms:
            return self._rooms.get(fold(class_name).replace(" ", ""), frozenset())
        return self._known_rooms[class_name]

    def is_anybody(self, typed: str) -> bool:
        """Whether somebody is called so, with or without the class: as find() finds exactly, and quicker."""
        said = words(typed) if len(typed) <= LONGEST else ()
        if not 0 < len(said) <= MOST_WORDS:
            return False
        names, room = self._split(said, self._rooms.get)
        return bool(self._exact(said)) or (room is not None and not room.isdisjoint(self._exact(names)))

    def begins(self, typed: str, limit: int = 100) -> list[int]:
        """Type-ahead: names that begin so, forenames first, then what find() offers.

        One letter finds nobody, and where no word has three letters only whole names and classes are found: nobody
        reads the roll by going through the alphabet.
        """
        said = words(typed) if len(typed) <= LONGEST else ()
        if len("".join(said)) < LEAST_TYPED:
            return []
        if max(map(len, said)) < LEAST_BEGUN:
            return list(self._ids(sorted(self._called(said))[: max(limit, 0)]))
        tiers: dict[int, int] = {}
        for names, room in ((said, None), self._split(said, self._room_begun)):
            first = self._beginning(names[0], self._forenames) if names else frozenset()
            for at in self._all_begin(names, room):
                tiers.setdefault(at, 0 if at in first else 1)
        found = self.find(typed)
        for tier, pupil_id in enumerate(found.exact + found.near, start=2):
            tiers.setdefault(self._at[pupil_id], tier)
        ranked = sorted(tiers, key=lambda at: (at >= self._left, tiers[at], at))
        return list(self._ids(ranked[: max(limit, 0)]))

    def _called(self, said: tuple[str, ...]) -> frozenset[int]:
        """Who has every word as a whole name, the class left aside; all of a class if only that was named."""
        called = frozenset[int]()
        for names, room in ((said, None), self._split(said, self._rooms.get)):
            within = frozenset(range(len(self._pupils))) if room is None else room
            called |= within.intersection(*(self._names.get(word, ()) for word in names))
        return called

    def _beginning(self, start: str, among: Places) -> frozenset[int]:
        """Who has a word that begins so."""
        first = bisect_left(self._sorted, start)
        last = bisect_left(self._sorted, start + "~", first)  # after every ASCII letter
        return frozenset(at for word in self._sorted[first:last] for at in among.get(word, ()))

    def _all_begin(self, names: Sequence[str], room: frozenset[int] | None) -> frozenset[int]:
        """Who has, for each word, one that begins so; all of the room if only the room was named."""
        within = frozenset(range(len(self._pupils))) if room is None else room
        return within.intersection(*(self._beginning(word, self._names) for word in names))

    def _split(self, said: tuple[str, ...], room_called: RoomCalled) -> tuple[tuple[str, ...], frozenset[int] | None]:
        """Part the name from the class after it, or before it; (all, None) where no class is named."""
        for size in range(min(3, len(said)), 0, -1):
            for names, last in ((said[:-size], said[-size:]), (said[size:], said[:size])):
                room = room_called("".join(last))
                if room:
                    end = len(names)
                    while end and names[end - 1] in BEFORE_CLASS:
                        end -= 1
                    return names[:end], room
        return said, None

    def _room_begun(self, start: str) -> frozenset[int] | None:
        if len(start) < 3 and not start[:1].isdigit():  # so few letters sooner begin a name than a class
            return self._rooms.get(start)
        return frozenset(at for room, places in self._rooms.items() if room.startswith(start) for at in places)

    def _exact(self, said: Sequence[str]) -> dict[int, int]:
        """Everybody of whom every word typed is a name, with the cost of the words that are not the name in full."""
        everybody = self._every(said)
        if len(said) < 2 or len(said[-1]) > 1:
            return everybody
        # The last word may be the initial of a surname, provided that a forename came before it.
        before, holders = self._every(said[:-1]), self._initials.get(said[-1], ())
        forenamed = {
            at for word in said[:-1] for name in (word, *related(word)) for at in self._forenames.get(name, ())
        }
        return {at: before[at] + 2 for at in holders if at in before and at in forenamed} | everybody

    def _every(self, said: Sequence[str]) -> dict[int, int]:
        """As `_exact`, without the initial; words typed apart may be one name."""
        everybody: dict[int, int] = {}
        for end in range(1, min(MOST_JOINED, len(said)) + 1):
            here = self._holders("".join(said[:end]))
            if here and end < len(said):
                rest = self._every(said[end:])
                here = {at: cost + rest[at] for at, cost in here.items() if at in rest}
            if here:
                everybody = here | everybody
        return everybody

    def _holders(self, word: str) -> dict[int, int]:
        """Whose name a word is, with its cost: 0, or 1 for a short form of the forename or the full form of it."""
        # Samantha is not Sam whose legal name is Samuel, so a full form is held against the legal forename alone.
        found: dict[int, int] = {}
        for full in FULL_OF.get(word, ()):
            found |= dict.fromkeys(self._forenames.get(full, ()), 1)
        for short in SHORT_OF.get(word, ()):
            found |= dict.fromkeys(self._legal.get(short, ()), 1)
        return found | dict.fromkeys(self._names.get(word, ()), 0)

    def _ranked(self, said: Sequence[str], exact: Mapping[int, int], within: Container[int]) -> Found:
        """The exact ones in order, and near ones from within."""
        count = len(said) or 1
        if exact:
            near = self._by_words(said, floor=1 - CLOSE / count, shared=1 - 2 * CLOSE)
        else:
            near = self._by_words(said, floor=FLOOR.get(count, 0.6), shared=SHARED)
            for at, score in self._by_letters(said):
                near[at] = max(score, near.get(at, 0.0))
        near = {at: score for at, score in near.items() if at not in exact and at in within}
        least = max(near.values(), default=0.0) - MARGIN
        close = sorted((at for at in near if near[at] >= least), key=lambda at: (at >= self._left, -near[at], at))
        known = sorted(exact, key=lambda at: (at >= self._left, exact[at], at))
        return Found(self._ids(known), self._ids(close[:MOST_NEAR]))

    def _ids(self, places: Iterable[int]) -> tuple[int, ...]:
        return tuple([self._pupils[at].pupil_id for at in places])

    def _by_words(self, said: Sequence[str], floor: float, shared: float) -> dict[int, float]:
        """Whose names are on average `floor` like the words typed; of three words or more, one may be like none."""
        count = len(said)
        if not said:
            return {}
        if count == 1:
            return {at: score for at, score in self._likes(said[0], shared).items() if score >= floor}
        likes = [
            self._likes(word, shared) if len(word) > 1 else self._lone_letter(word, number, count)
            for number, word in enumerate(said)
        ]
        scores: dict[int, tuple[float, ...]]
        if count == 2:
            one, other = likes
            scores = {at: (one[at], other[at]) for at in one.keys() & other.keys()}
        else:
            # Whoever lacks one word at most has one of the two that the fewest have.
            few, fewer = sorted(likes, key=len)[:2]
            scores = {at: tuple([each[at] for each in likes if at in each]) for at in few.keys() | fewer.keys()}
        least = min(count, max(2, count - 1))
        return {
            at: sum(each) / count for at, each in scores.items() if len(each) >= least and sum(each) >= floor * count
        }

    def _by_letters(self, said: Sequence[str]) -> Iterator[tuple[int, float]]:
        """Whose full name, written as one word, is like all that was typed: for spaces put in or left out."""
        for _, score, index in like("".join(said), self._whole, score_cutoff=WHOLE_FLOOR):
            yield self._whole_at[index], score

    def _likes(self, word: str, shared: float) -> Mapping[int, float]:
        """How much a word is like the best of each pupil's names; 1 where it is one."""
        if word not in self._names:
            return self._find_likes(word, shared)
        # The names of one roll are few, asked for again and again, and an index never changes: worked out once.
        known = self._liked.get((word, shared))
        if known is None:
            known = self._liked[word, shared] = self._find_likes(word, shared)
        return known

    def _find_likes(self, word: str, shared: float) -> dict[int, float]:
        alike = self._vocabulary.like(word, shared)
        alike |= {name: SIBLING for name in (*siblings(word), *related(word)) if name in self._forenames}
        likes: dict[int, float] = {}
        for name, score in alike.items():
            for at in self._names[name]:
                if score > likes.get(at, 0.0):
                    likes[at] = score
        for at, cost in self._holders(word).items():
            likes[at] = WORTH[cost]
        return likes

    def _lone_letter(self, letter: str, number: int, count: int) -> dict[int, float]:
        """Whose name begins so: the forename if it stands first ("J Wilson"), either if last."""
        likes: dict[int, float] = {}
        if number in {0, count - 1}:
            likes = dict.fromkeys(self._beginning(letter, self._forenames), FORENAME_INITIAL)
        if number == count - 1:
            likes |= dict.fromkeys(self._initials.get(letter, ()), WORTH[2])
        return likes | dict.fromkeys(self._names.get(letter, ()), WORTH[0])
