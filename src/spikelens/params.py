"""Parameters, declared once.

A method is a frozen dataclass derived from `Method`; its fields are made by
`param()`, which holds the default, unit, bounds and help. Command-line flags, web
forms, the tables in the manual and the provenance of a result are all read from
`Method.schema()`, so that they cannot disagree.

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True, kw_only=True)
... class Loud(Method):
...     cutoff: float = param(0.02, unit="V", low=0, help="Smallest jump that counts.")
>>> Loud(cutoff="0.03").cutoff
0.03
>>> [p.flag for p in Loud.schema()]
['--cutoff']
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any, Union

from spikelens.errors import BadParameter, UnknownName

Value = bool | int | float | str | None


@dataclass(frozen=True)
class Param:
    """One parameter of a method: what a flag, a form field or a table row needs."""

    name: str
    default: Value
    type: type
    optional: bool
    unit: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    help: str

    @property
    def flag(self) -> str:
        """The command-line flag, as in ``--noise-level``."""
        return "--" + self.name.replace("_", "-")

    def check(self, value: object) -> Value:
        """Return `value` as this parameter's type.

        Raises
        ------
        BadParameter
            It cannot be converted, or lies outside the bounds or choices.
        """
        if value is None or (isinstance(value, str) and value.lower() == "none"):
            if self.optional:
                return None
            raise BadParameter(f"{self.name} needs a value, such as {self.default}")
        converted = self._converted(value)
        self._check_bounds(converted)
        return converted

    def _converted(self, value: object) -> bool | int | float | str:
        wrong = BadParameter(f"{self.name} must be {_NAMED[self.type]}, not {value!r}")
        if self.type is bool:
            if str(value).lower() not in _TRUTH:
                raise wrong
            return _TRUTH[str(value).lower()]
        if isinstance(value, bool):
            raise wrong
        try:
            converted: int | float | str = self.type(value)
        except (TypeError, ValueError, OverflowError):
            raise wrong from None
        if self.type is int and float(typing.cast(Any, value)) != converted:
            raise wrong
        return converted

    def _check_bounds(self, value: bool | int | float | str) -> None:
        if self.choices and value not in self.choices:
            raise UnknownName.among(self.name, value, self.choices)
        if isinstance(value, str):
            return
        if not math.isfinite(value):
            raise BadParameter(f"{self.name} must be a finite number, not {value}")
        unit = f" {self.unit}" if self.unit else ""
        if self.low is not None and value < self.low:
            raise BadParameter(f"{self.name} must be at least {self.low:g}{unit}, not {value:g}")
        if self.high is not None and value > self.high:
            raise BadParameter(f"{self.name} must be at most {self.high:g}{unit}, not {value:g}")


_NAMED = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def param(
    default: Value,
    *,
    help: str,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """Declare a method's parameter.

    Parameters
    ----------
    default : bool, int, float, str or None
        None means "chosen from the recording"; the help says how.
    help : str
        One sentence, for people.
    unit : str
        As printed: ``"V"``, ``"s"``, ``"Hz"``, ``"V/s"``; empty for none.
    low, high : float, in `unit`
        Bounds, both allowed values.
    choices : tuple of str
        The only values allowed, if any.
    """
    facts = {"unit": unit, "low": low, "high": high, "choices": choices, "help": help}
    return dataclasses.field(default=default, metadata=facts)


@dataclass(frozen=True, kw_only=True)
class Method:
    """A way to do one step: a frozen record of parameters with the step as a method.

    The method's name is its file's name. Values are converted and checked when it is
    made, so a method that exists is valid.
    """

    references: typing.ClassVar[tuple[str, ...]] = ()
    """What to cite for the method, one entry per work."""

    def __post_init__(self) -> None:
        for declared in self.schema():
            checked = declared.check(getattr(self, declared.name))
            object.__setattr__(self, declared.name, checked)

    @classmethod
    def method_name(cls) -> str:
        """The word users type: the name of the file that holds the class."""
        return cls.__module__.rpartition(".")[2]

    @classmethod
    @cache
    def schema(cls) -> tuple[Param, ...]:
        """All parameters in the order of their declaration."""
        hints = typing.get_type_hints(cls)
        return tuple(_param(field, hints[field.name]) for field in dataclasses.fields(cls))

    @classmethod
    def summary(cls) -> str:
        """The first line of the class's docstring."""
        return (cls.__doc__ or "").strip().partition("\n")[0]

    @classmethod
    def from_parameters(cls, parameters: typing.Mapping[str, object]) -> typing.Self:
        """Make the method from named values, such as those of a saved run.

        Raises
        ------
        UnknownName
            A name that is no parameter of this method.
        """
        names = [p.name for p in cls.schema()]
        for name in parameters:
            if name not in names:
                raise UnknownName.among(f"parameter of {cls.method_name()}", name, names)
        return cls(**typing.cast(dict[str, Any], parameters))

    def parameters(self) -> dict[str, Value]:
        """The values of all parameters, as written into a result's provenance."""
        return {p.name: getattr(self, p.name) for p in self.schema()}


def _param(field: dataclasses.Field[Any], hint: Any) -> Param:
    alternatives = [hint]
    if typing.get_origin(hint) in (Union, types.UnionType):
        alternatives = list(typing.get_args(hint))
    concrete = [t for t in alternatives if t is not type(None)]
    assert len(concrete) == 1 and concrete[0] in _NAMED, f"{field.name}: {hint} is no parameter type"
    assert "help" in field.metadata, f"{field.name} is not declared with param()"
    return Param(
        name=field.name,
        default=typing.cast(Value, field.default),
        type=concrete[0],
        optional=len(concrete) < len(alternatives),
        **field.metadata,
    )
