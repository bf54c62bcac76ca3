"""What contract tests share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tacticlens.cli.app import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Return a function that runs `diff` and holds it to the contract."""

    def command(*arguments: object) -> tuple[int, str, str]:
        capfdbinary.readouterr()
        code = main(["diff", *map(str, arguments)])
        out, err = (stream.decode("utf-8", "replace") for stream in capfdbinary.readouterr())
        assert code in {0, 1, 2}
        assert "Traceback" not in out + err
        assert "\x1b" not in out + err
        if code == 2:
            assert len(err.splitlines()) == 1, err
            assert err.startswith("tacticlens: error: ")
            assert out == ""
        else:
            assert "error: " not in err
        return code, out, err

    return command
