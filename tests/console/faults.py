"""What this program says of faulty tables and configurations, read out of its sources.

Every place that makes a `ConfigProblem`, and every ``ValueError`` of a validator whose text becomes one; what
is filled in is a 7 here.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

FILLED = "7"

MAKERS = {
    "problem": (1, 2),
    "ConfigProblem": (3, 4),
    "_whole": (1, 2),
    "_problem": (3, 4),
    "_too_large": (0, 9),
}
"""What makes a fault, and where it is told the message and the way out."""

REFUSALS = {"ApiError", "ActError"}

ELSEWHERE = (
    "placewatch/cli",
    "placewatch/doctor",
    "placewatch/eval",
    "placewatch/config_forms.py",
    "central/config.py",
    "edge/drawing",
    "edge/place_defaults.py",
)
"""What is read at a terminal, and never comes to the console."""

VALIDATORS = (
    "central/dispatch/units.py",
    "central/events/calendar.py",
    "central/events/compression.py",
    "central/events/grading.py",
    "central/events/responsibility.py",
    "central/grid/polygons.py",
    "central/notify/channels.py",
    "central/notify/rules.py",
    "edge/config.py",
    "edge/config_shapes.py",
    "edge/rule_config.py",
    "edge/rules/ground_area.py",
    "placewatch/hours.py",
)
"""Where a ``ValueError`` becomes a fault; a bar stands before its way out."""

_HINTS = ROOT / "placewatch" / "config_hints.py"


@dataclass(frozen=True, slots=True)
class Said:
    """Sentences, each with the file that says it."""

    messages: dict[str, str] = field(default_factory=dict)
    fixes: dict[str, str] = field(default_factory=dict)


def sources() -> Iterator[tuple[str, ast.Module]]:
    """The modules that may say something."""
    for top in ("central", "edge", "placewatch"):
        for file in sorted((ROOT / top).rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            if "node_modules" not in name and not name.startswith(ELSEWHERE):
                yield name, ast.parse(file.read_text(encoding="utf-8"))


def said() -> Said:
    """Everything."""
    found = Said()
    hints = ast.parse(_HINTS.read_text(encoding="utf-8"))
    for name, module in sources():
        for call, around in _calls(module):
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            words = _Words(module, around, hints)
            if called in MAKERS:
                _keep(found, name, *(_argument(words, call, at) for at in MAKERS[called]))
            elif called == "ValueError" and name in VALIDATORS:
                for text in words.of(call.args[0]):
                    message, bar, fix = text.partition(" | ")
                    _keep(found, name, [message], [fix] if bar else [])
    return found


def refusals() -> dict[str, str]:
    """What the centre's API and its life cycle refuse with, each with the file that says it."""
    return {
        text: name
        for name, module in sources()
        for call, around in _calls(module)
        if getattr(call.func, "id", "") in REFUSALS and len(call.args) > 1
        for text in _Words(module, around).of(call.args[1])
    }


def _argument(words: "_Words", call: ast.Call, at: int) -> list[str]:
    for place, argument in enumerate(call.args):
        if isinstance(argument, ast.Starred):  # a pair of message and way out, from a table
            return [
                text for pair in words.pairs(argument.value) for text in pair[at - place : at - place + 1]
            ]
        if place == at:
            return words.of(argument)
    return []


def _keep(found: Said, name: str, messages: Sequence[str], fixes: Sequence[str]) -> None:
    found.messages.update({text: name for text in messages if text})
    found.fixes.update({text: name for text in fixes if text})


def _calls(module: ast.Module) -> Iterator[tuple[ast.Call, ast.AST]]:
    """Every call with the function around it."""
    waiting: list[tuple[ast.AST, ast.AST]] = [(module, module)]
    while waiting:
        node, around = waiting.pop()
        if isinstance(node, ast.Call):
            yield node, around
        inner = node if isinstance(node, ast.FunctionDef) else around
        waiting += [(child, inner) for child in ast.iter_child_nodes(node)]


class _Words:
    """Texts that an expression may have."""

    def __init__(self, module: ast.Module, around: ast.AST, *others: ast.Module) -> None:
        self._around = around
        self._modules = (module, *others)
        self._open: set[str] = set()

    def of(self, node: ast.expr) -> list[str]:
        """All of them; none for what is made elsewhere."""
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else []
        if isinstance(node, ast.JoinedStr):
            return ["".join(parts) for parts in product(*map(self._part, node.values))]
        if isinstance(node, ast.IfExp):
            return self.of(node.body) + self.of(node.orelse)
        if isinstance(node, ast.BoolOp):
            return [text for value in node.values for text in self.of(value)]
        if isinstance(node, ast.Name):
            return self._named(node.id)
        return self._returned(node) if isinstance(node, ast.Call) else []

    def _part(self, node: ast.expr) -> list[str]:
        if isinstance(node, ast.Constant):
            return [str(node.value)]
        assert isinstance(node, ast.FormattedValue)
        if isinstance(node.value, ast.Name) and node.conversion == -1:
            return [text for text in self._named(node.value.id) if text] or [FILLED]
        if isinstance(node.value, ast.IfExp):
            return [text for text in self.of(node.value) if text] or [FILLED]
        return [repr(FILLED) if node.conversion == ord("r") else FILLED]

    def _named(self, name: str) -> list[str]:
        """What is assigned to a name in the function, else in the module."""
        if name in self._open:
            return []
        self._open.add(name)
        for within in (self._around, self._modules[0]):
            given = [
                text
                for node in ast.walk(within)
                if isinstance(node, ast.Assign)
                and any(getattr(one, "id", "") == name for one in node.targets)
                for text in self.of(node.value)
            ]
            if given:
                break
        self._open.discard(name)
        return given

    def _returned(self, call: ast.Call) -> list[str]:
        """What a function of ours returns."""
        name = getattr(call.func, "id", "")
        for module in self._modules:
            for node in module.body:
                if isinstance(node, ast.FunctionDef) and node.name == name:
                    inner = _Words(module, node)
                    returns = [one for one in ast.walk(node) if isinstance(one, ast.Return) and one.value]
                    return [text for one in returns if one.value for text in inner.of(one.value)]
        return []

    def pairs(self, node: ast.expr) -> Iterator[list[str]]:
        """The pairs of a table of the module."""
        name = getattr(getattr(node, "value", None), "id", "")
        for one in self._modules[0].body:
            if isinstance(one, ast.Assign) and any(getattr(to, "id", "") == name for to in one.targets):
                assert isinstance(one.value, ast.Dict)
                yield from ([str(ast.literal_eval(text)) for text in pair.elts] for pair in one.value.values)  # type: ignore[attr-defined]
