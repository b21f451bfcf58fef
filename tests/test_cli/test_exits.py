"""What a user sees, and what a script gets, when a verb fails."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gta_head_tools.cli import output
from gta_head_tools.cli.main import guarded
from gta_head_tools.errors import DataFormatError, MissingExtraError
from test_cli.running import MAIN, environment, ghtools, running

# A verb beside the others, in a process of its own.
VERB = """
import sys, time, typer
from gta_head_tools.cli import main, output

def verb() -> None:
    {body}

main.app.command("verb")(main.guarded(verb))
main.main()
"""


def failing(error: BaseException) -> Callable[[], None]:
    def verb() -> None:
        raise error

    return verb


def outcome(verb: Callable[[], None]) -> tuple[int, str, str]:
    app = typer.Typer()
    app.command()(guarded(verb))
    result = CliRunner().invoke(app, [])
    return result.exit_code, result.stdout, result.stderr


def test_a_verb_that_ends_well_exits_with_0() -> None:
    assert outcome(lambda: output.tell("done [all] :smile:")) == (0, "done [all] :smile:\n", "")


def test_an_error_of_the_user_is_one_line_and_exits_with_1() -> None:
    error = DataFormatError("a.json", "not a number; " + "mend it " * 40, record="heads[3].x")
    assert outcome(failing(error)) == (1, "", f"Error: {error}\n")


def test_a_signal_that_compiled_code_made_an_error_of_is_one_still() -> None:
    broken = SystemError("returned a result with an exception set")
    broken.__cause__ = SystemError("once more")
    broken.__cause__.__cause__ = KeyboardInterrupt()
    assert outcome(failing(broken)) == (130, "", "interrupted\n")


def test_an_error_of_the_system_is_one_line_and_exits_with_1(tmp_path: Path) -> None:
    def verb() -> None:
        (tmp_path / "none" / "x").write_text("")

    code, _, told = outcome(verb)
    assert (code, told) == (1, f"Error: {tmp_path}/none/x: No such file or directory\n")


def test_too_little_memory_is_one_line_and_exits_with_1() -> None:
    told = "there is not enough memory for this (Unable to allocate 9 EiB); take fewer --jobs, or a part of the data"
    assert outcome(failing(MemoryError("Unable to allocate 9 EiB"))) == (1, "", f"Error: {told} at a time\n")


def test_a_killed_worker_is_one_line_and_exits_with_1() -> None:
    body = "import os; from gta_head_tools.parallel import run; list(run(os._exit, [9, 9], jobs=2))"
    done = ghtools("verb", program=VERB.format(body=body))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: one of 2 worker processes was killed, as the system does when memory runs")
    assert done.stderr.count("\n") == 1


def test_a_missing_extra_says_what_to_install() -> None:
    assert "pip install 'gta-head-tools[gui]'" in outcome(failing(MissingExtraError("gui", "ghtools annotate")))[2]


def test_a_verb_may_choose_its_code() -> None:
    assert outcome(failing(typer.Exit(1))) == (1, "", "")


def test_a_bug_shows_its_trace_and_asks_for_a_report() -> None:
    done = ghtools("verb", program=VERB.format(body="[][0]"))
    assert done.returncode == 3
    assert not done.stdout
    assert "IndexError: list index out of range" in done.stderr
    assert "please report it" in done.stderr.splitlines()[-1]


def test_misuse_by_a_programmer_is_a_bug_too() -> None:
    assert outcome(failing(ValueError("shape")))[0] == 3


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
@pytest.mark.parametrize(("number", "code", "word"), [("SIGINT", 130, "interrupted"), ("SIGTERM", 143, "terminated")])
def test_a_signal_is_one_line_and_a_code_of_its_own(number: str, code: int, word: str) -> None:
    program = VERB.format(body="sys.stdout.write('ready\\n'); sys.stdout.flush(); time.sleep(60)")
    with running("verb", program=program) as process:
        process.send_signal(getattr(signal, number))
        _, told = process.communicate(timeout=120)
    assert (process.returncode, told) == (code, f"{word}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_after_the_result_ends_the_process_at_once(number: signal.Signals) -> None:
    body = "import atexit; atexit.register(time.sleep, 60); sys.stdout.write('ready\\n')"
    with running("verb", program=VERB.format(body=body)) as process:
        time.sleep(0.3)  # The line arrives a moment before signals end the process.
        process.send_signal(number)
        _, told = process.communicate(timeout=20)
    assert (process.returncode, told) == (-number, "")


def test_wrong_usage_exits_with_2_and_names_the_nearest() -> None:
    done = ghtools("fromats")
    assert done.returncode == 2
    assert "Did you mean 'formats'" in done.stderr
    assert not done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="no /bin/sh")
def test_a_reader_that_leaves_early_is_no_failure() -> None:
    body = "[output.tell('x' * 1000) for _ in range(1000)]"
    command = '"$0" -c "$1" verb | head -c 10; exit "${PIPESTATUS[0]}"'
    done = subprocess.run(
        ["bash", "-c", command, sys.executable, VERB.format(body=body)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "x" * 10, "")


@pytest.mark.skipif(sys.platform == "win32", reason="no /bin/sh")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_are_no_bug(closed: str) -> None:
    command = ["bash", "-c", f'"$0" -c "$1" formats {closed}', sys.executable, MAIN]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert done.returncode == 0
    assert "Error" not in done.stderr
    assert ("coco" in done.stdout) == (closed == "2>&-")


@pytest.mark.skipif(sys.platform == "win32", reason="no /bin/sh")
def test_several_jobs_do_without_standard_streams(tmp_path: Path) -> None:
    out = tmp_path / "out"
    body = f"from gta_head_tools.parallel import run; open({str(out)!r}, 'w').write(str([*run(abs, [-1, 2], jobs=2)]))"
    command = ["bash", "-c", '"$0" -c "$1" verb <&- >&- 2>&-', sys.executable, VERB.format(body=body)]
    assert subprocess.run(command, check=False, env=environment()).returncode == 0
    assert out.read_text() == "[1, 2]"


def test_a_name_beyond_the_encoding_of_the_terminal_is_escaped() -> None:
    env = {**environment(), "PYTHONIOENCODING": "ascii"}
    program = VERB.format(body="output.tell('gr\\u00fcn \\udc80')")
    done = subprocess.run([sys.executable, "-c", program, "verb"], capture_output=True, check=False, env=env)
    assert (done.returncode, done.stdout) == (0, b"gr\\xfcn \\udc80\n")


def test_a_foreign_package_of_our_name_is_named(tmp_path: Path) -> None:
    (tmp_path / "converters").mkdir()
    (tmp_path / "converters" / "__init__.py").write_text("")
    env = environment()
    env["PYTHONPATH"] = f"{tmp_path}{';' if sys.platform == 'win32' else ':'}{env['PYTHONPATH']}"
    done = subprocess.run([sys.executable, "-c", MAIN, "formats"], capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 1
    assert f"Python finds {tmp_path / 'converters'}" in done.stderr
    assert "Traceback" not in done.stderr
