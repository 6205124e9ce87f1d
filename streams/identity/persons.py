"""Persons: from the touched component to assignments, memberships and ids. Links come from elsewhere; no comparing.

A person's id is the birth id of its most senior member. On a merge the senior survives; on a split each part takes its
own senior's id; so every id ever given out is the birth id of some source identity, and resolves through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from hub.ids import birth_id
from hub.messages import Membership, Reassigned
from hub.messages.identity import Member
from hub.state.api import Store, Turn
from streams.identity import decisions, rows
from streams.identity.cluster import Evidence, Pair, Rules, pair, partition
from streams.identity.compare import BIRTH, TWINS, TWO_NUMBERS, bears_both, number_of_one, one_name_in_two
from streams.identity.matching import Matcher, links
from streams.identity.model import MatchModel
from streams.identity.rows import Node, Person, num
from streams.identity.ties import side_by_side

CHANGED = b"P"
"""Touch: a person whose members changed; its neighbours' circles follow."""
BESIDE = "side_by_side"
"""Conflict: a live record has both as different subjects."""
STAYS = b"O"
"""Touch: a person whose homes, or the days on which they were named, changed; its neighbours' circles may follow."""
AROUND = b"Q"
"""Touch: a person around whom something changed."""

LINKED = b"S"
"""Touch: a person whose links changed; its reviews follow."""

_BEARERS = 2
"""Source identities that bear both first names, one as a further given name, from which these are one child's: the same
slip of two hands, who would each write a twin's name into the other's record, is rarer. So is one that has company: a
third record with the number of the one and the name of the other."""
_TELLS_TWINS = frozenset({"given", "order"})
_TWINS_SHARE = frozenset({"sex", "phone", "email"})
"""Comparisons whose agreement tells nothing of twins; of the rest, numbers, it does."""

REMEMBERED = 100_000
"""Person ids kept in memory, 15 MB: a number never changes its source identity."""


class Persons:
    """Forms persons in one store, always the same one."""

    def __init__(self, matcher: Matcher, model: MatchModel) -> None:
        """See the class."""
        self._matcher = matcher
        self._model = model
        self._ids: dict[int, str] = {}
        self._rules = Rules(model.link, model.margin, model.sure, model.step, model.cap)

    def recluster(self, turn: Turn, touched: set[int]) -> None:
        """Form the persons of every component that holds one of `touched` anew, and say what changed."""
        numbers = self._component(turn.store, touched)
        nodes = {n: rows.get_node(turn.store, n) for n in sorted(numbers)}
        alone = len(nodes) == 1  # most newcomers: nothing to weigh
        for part in [frozenset(nodes)] if alone else partition(self._evidence(turn.store, nodes), self._rules):
            self._assign(turn, nodes, part)
        for number in nodes:
            self._bury(turn, number)

    def _component(self, store: Store, touched: set[int]) -> set[int]:
        """Everyone reachable by links at the threshold, assertions, or being one person until now."""
        found: set[int] = set()
        waiting = sorted(touched)
        while waiting:
            number = waiting.pop()
            if number in found:
                continue
            found.add(number)
            node = rows.get_node(store, number)
            near = {n for n, _ in rows.get_person(store, node.person).members} if node.person else set()
            near |= {link.other for link in links(store, number) if link.weight >= self._model.link and not link.barred}
            near |= decisions.merged(store, number)
            near |= {n for n, what in decisions.decided(store, number).items() if what == decisions.SAME}
            waiting += sorted(near - found)
        return found

    def _evidence(self, store: Store, nodes: dict[int, Node]) -> Evidence:
        must: set[Pair] = set()
        same: set[Pair] = set()
        never: set[Pair] = set()
        weights: dict[Pair, int] = {}
        rivals: dict[int, list[Pair]] = {}
        for n in nodes:
            must |= {pair(n, other) for other in decisions.merged(store, n)}
            for other, what in decisions.decided(store, n).items():
                if what == decisions.SAME:
                    same.add(pair(n, other))
                elif what == decisions.DIFFERENT:
                    never.add(pair(n, other))
            usable = [link for link in links(store, n) if not link.barred]
            rivals[n] = [(link.other, link.weight) for link in usable]
            weights |= {pair(n, k.other): k.weight for k in usable if k.weight >= self._model.link}
        conflicts = self.conflicts(store)
        return Evidence(
            names={n: node.source_id for n, node in nodes.items()},
            must=must | same,
            same=frozenset(same),
            never=frozenset(never),
            weights=weights,
            rivals=rivals,
            conflict=conflicts,
            two_numbers=conflicts.two_numbers,
            slip=conflicts.slip,
            nameless=conflicts.nameless,
            one_of_twins=conflicts.one_of_twins,
        )

    def conflicts(self, store: Store) -> _Conflicts:
        """Whether two can't be one person, remembered for the time of one question."""
        return _Conflicts(store, self._matcher)

    def others_conflict(self, store: Store, a: int, b: int) -> bool:
        """Whether joining the persons of two would make one of two others who can't be: a twin and a twin, say.

        Those about whom people have already said that they are the same are no news.
        """
        conflicts = self.conflicts(store)
        one, other = (
            [n for n, _ in rows.get_person(store, rows.get_node(store, end).person).members] or [end] for end in (a, b)
        )
        return any(
            conflicts(x, y) and decisions.decided(store, x).get(y) != decisions.SAME
            for x in one
            for y in other
            if x != y and {x, y} != {a, b}
        )

    def _assign(self, turn: Turn, nodes: dict[int, Node], part: frozenset[int]) -> None:
        senior = min(part)
        members = []
        for n in sorted(part):
            node = nodes[n]
            if node.person != senior:
                turn.touch(CHANGED + num(senior))
                if node.person:
                    turn.touch(CHANGED + num(node.person))
                node = self._move(turn, n, node, senior)
                nodes[n] = node
            members.append((n, node.seq))
        person = rows.get_person(turn.store, senior)
        if person.members != tuple(members) or person.merged_into:
            rows.put_person(turn.store, senior, person._replace(members=tuple(members), merged_into=0))

    def _move(self, turn: Turn, number: int, node: Node, senior: int) -> Node:
        """Assign to another person. The first assignment is told by the facts themselves."""
        moved = node._replace(person=senior, seq=node.seq + 1 if node.seq else 0)
        rows.put_node(turn.store, number, moved)
        if moved.seq:
            message = Reassigned(
                partnership=node.partnership,
                source_id=node.source_id,
                person_id=self.person_id(turn.store, senior),
                assignment_seq=moved.seq,
                model_version=self._model.version,
            )
            turn.emit("facts", node.source_id, message)
        return moved

    def _bury(self, turn: Turn, number: int) -> None:
        """A person whose senior has gone to another is merged away."""
        standing = rows.get_node(turn.store, number).person
        if standing == number:
            return
        person = rows.get_person(turn.store, number)
        if person is not rows.NOBODY and (person.members or person.merged_into != standing):
            rows.put_person(turn.store, number, person._replace(members=(), merged_into=standing))
            turn.touch(CHANGED + num(number))

    def admit(self, turn: Turn, number: int) -> Node:
        """Give a source identity that is about to have facts its first assignment, if it has none."""
        node = rows.get_node(turn.store, number)
        if node.seq:
            return node
        node = node._replace(seq=1)
        rows.put_node(turn.store, number, node)
        person = rows.get_person(turn.store, node.person)
        members = tuple((n, 1 if n == number else seq) for n, seq in person.members)
        rows.put_person(turn.store, node.person, person._replace(members=members))
        turn.touch(CHANGED + num(node.person))
        return node

    def person_id(self, store: Store, number: int) -> str:
        """The id of the person whose senior has this number."""
        known = self._ids.get(number)
        if known is None:
            if len(self._ids) >= REMEMBERED:
                self._ids.clear()
            known = self._ids[number] = birth_id(rows.get_node(store, number).source_id)
        return known

    def say_membership(self, turn: Turn, number: int) -> bool:
        """Emit Membership if it differs from what was last said; True if it did."""
        store = turn.store
        person = rows.get_person(store, number)
        members = [
            Member.of_valid({"source_id": node.source_id, "assignment_seq": seq})
            for node, seq in ((rows.get_node(store, n), seq) for n, seq in person.members)
            if seq and node.state != rows.NAMED
        ]
        said = digest([[m.source_id, m.assignment_seq] for m in members], person.merged_into)
        if said == person.said or not (members or person.said):
            return False
        rows.put_person(store, number, person._replace(said=said, seq=person.seq + 1))
        person_id = self.person_id(store, number)
        message = Membership.of_valid(
            {
                "partnership": rows.get_node(store, number).partnership,
                "person_id": person_id,
                "seq": person.seq + 1,
                "members": members,
                "merged_into": self.person_id(store, person.merged_into) if person.merged_into else "",
            }
        )
        turn.emit("persons", person_id, message)
        return True


class _Conflicts:
    """Callable: whether a pair can't be one person, by features or because a record names them side by side."""

    def __init__(self, store: Store, matcher: Matcher) -> None:
        self._store = store
        self._matcher = matcher
        self._known: dict[Pair, str] = {}

    def __call__(self, a: int, b: int) -> bool:
        return bool(self.why(a, b))

    def two_numbers(self, a: int, b: int) -> bool:
        """Whether each has a number of its own."""
        return self.why(a, b) == TWO_NUMBERS

    def nameless(self, a: int, b: int) -> bool:
        """Whether neither a first name nor a number nor an order of birth that both have speaks for the two."""
        return all(
            s.name not in _TELLS_TWINS and (s.level != "same" or s.name in _TWINS_SHARE)
            for s in self._matcher.compare(self._store, a, b).steps
        )

    def one_of_twins(self, a: int, b: int) -> bool:
        """Whether one is said to be of a multiple birth, and nothing tells if the other is."""
        steps = self._matcher.compare(self._store, a, b).steps
        return any(s.name == "unnamed" and s.level == "one_of_twins" for s in steps)

    def slip(self, a: int, b: int, thirds: Sequence[int]) -> bool:
        """Whether others explain it: a mistyped birth date, or two spellings or two first names of one person."""
        why = self.why(a, b)
        if why != TWINS:
            return why == BIRTH
        bearers, numbered = 0, False
        for third in thirds:
            one, other = (self._matcher.compare(self._store, n, third) for n in (a, b))
            if one_name_in_two(one, other) or one_name_in_two(other, one):
                return True
            bearers += bears_both(one, other) or bears_both(other, one)
            numbered = numbered or number_of_one(one, other) or number_of_one(other, one)
        return bearers >= _BEARERS or (bearers > 0 and numbered)

    def why(self, a: int, b: int) -> str:
        """Code of the conflict; empty if they can be one person."""
        key = pair(a, b)
        if key not in self._known:
            result = self._matcher.compare(self._store, a, b)
            beside = not result.same_id and side_by_side(self._store, a, b)
            self._known[key] = result.conflict or (BESIDE if beside else "")
        return self._known[key]


def digest(*values: object) -> str:
    """A short name of a value: equal values, equal names."""
    return blake2b(rows.dumps(values), digest_size=8).hexdigest()


def resolve(store: Store, person_id: str) -> tuple[int, Person] | None:
    """The person that an id, however old, now stands for; None if it was never given out."""
    raw = store.get(rows.person_id_key(person_id))
    if raw is None:
        return None
    number = rows.get_node(store, rows.num_at(raw, 0)).person
    return number, rows.get_person(store, number)
