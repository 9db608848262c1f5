"""What the server says in English and the console says in Chinese is still what the server says."""

import re
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, Field, ValidationError

ROOT = Path(__file__).resolve().parent.parent.parent
SAID = ROOT / "central" / "console" / "src" / "i18n" / "said.zh.ts"
_ROW = re.compile(r"^  \[/(?P<sentence>.+)/, \"", re.MULTILINE)


class Form(BaseModel):
    """One field for each thing that pydantic finds wrong with those of the API."""

    gone: str
    short: Annotated[str, Field(min_length=2)]
    long: Annotated[str, Field(max_length=2)]
    odd: Annotated[str, Field(pattern="^a$")]
    small: Annotated[int, Field(ge=1)]
    large: Annotated[int, Field(le=1)]
    text: int


def pydantic_says() -> str:
    """What it says, one line each."""
    with pytest.raises(ValidationError) as refused:
        Form.model_validate({"short": "a", "long": "aaa", "odd": "b", "small": 0, "large": 2, "text": "text"})
    return "\n".join(error["msg"] for error in refused.value.errors())


def literal(sentence: str) -> str:
    """The longest stretch of a pattern that has to stand in the text as it is."""
    plain = re.sub(r"\(\?<\w+>[^)]*\)|\\[wdS]\+|\.\*\?|[\^$]", "\0", sentence)
    return max(plain.split("\0"), key=len)


def test_every_sentence_is_said_somewhere() -> None:
    sources = [file for name in ("central", "edge") for file in (ROOT / name).rglob("*.py")]
    said = "\n".join(file.read_text(encoding="utf-8") for file in sources if "node_modules" not in file.parts)
    said += pydantic_says()
    sentences = [match["sentence"] for match in _ROW.finditer(SAID.read_text(encoding="utf-8"))]
    assert len(sentences) > 60
    assert [one for one in sentences if literal(one) not in said] == []
