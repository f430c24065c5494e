"""What a demonstration makes way for, and what it leaves alone."""

import pytest

from accord.bootstrap import Settings, WireSettings
from accord.demo import Places, render, run
from accord.errors import Unready, UsageRefused
from tests.ports import free_port


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """One case of the walkthrough."""
    home = tmp_path_factory.mktemp("played") / "demo"
    return run("walkthrough", None, 1, home), home


def refused(home):
    with pytest.raises(UsageRefused) as refusal:
        run("walkthrough", None, 1, home)
    return str(refusal.value)


def test_a_folder_with_anything_else_in_it_is_refused_and_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    assert "not a demonstration" in refused(tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_a_lone_folder_called_wire_is_no_demonstration(tmp_path):
    (tmp_path / "wire").mkdir()
    (tmp_path / "wire" / "something").write_text("kept")
    assert "not a demonstration" in refused(tmp_path)
    assert (tmp_path / "wire" / "something").exists()


def test_a_real_home_is_refused(tmp_path):
    (tmp_path / "police").mkdir()
    Settings(tmp_path / "police", "a.example", "police", WireSettings.of_directory(tmp_path / "wire")).write()
    assert "not a demonstration" in refused(tmp_path)


def test_a_demonstration_beside_a_real_home_is_refused(played, tmp_path):
    _, home = played
    other = home / "other"
    other.mkdir()
    Settings(other, "a.example", "other", WireSettings.of_directory(home / "wire")).write()
    try:
        assert "not a demonstration" in refused(home)
    finally:
        (other / "agency.toml").unlink()
        other.rmdir()


def test_a_link_is_not_followed(played, tmp_path):
    (tmp_path / "demo").symlink_to(played[1], target_is_directory=True)
    assert "not a demonstration" in refused(tmp_path / "demo")


def test_a_file_is_refused(tmp_path):
    (tmp_path / "demo").write_text("")
    assert "not a demonstration" in refused(tmp_path / "demo")


def test_an_earlier_demonstration_is_replaced_and_says_the_same(played):
    result, home = played
    again = run("walkthrough", None, 1, home)
    changing = {"seconds"}
    assert {key: value for key, value in again.items() if key not in changing} == {
        key: value for key, value in result.items() if key not in changing
    }


def test_a_demonstration_makes_a_home_for_each_agency_and_a_wire_and_nothing_else(played):
    result, home = played
    assert {entry.name for entry in home.iterdir()} == {*result["agencies"], "wire"}


def test_the_clock_of_its_end_is_left_in_every_home(played):
    result, home = played
    ends = {Settings.read(home / slug).clock for slug in result["agencies"]}
    assert len(ends) == 1
    assert None not in ends


def test_a_founding_that_fails_leaves_nothing(tmp_path):
    nowhere = Places(stores={"auditor": f"postgresql://accord@127.0.0.1:{free_port()}/accord"})
    with pytest.raises(Unready):
        run("walkthrough", None, 1, tmp_path / "demo", places=nowhere)
    assert list((tmp_path / "demo").iterdir()) == []


def test_what_is_printed_names_the_agencies_and_what_to_type(played):
    result, home = played
    page = render(result)
    assert "all in this one process" in page
    assert f"accord cases --home {home}/advocacy" in page
    assert all(role in page for role in result["roles"])


@pytest.mark.parametrize(
    ("example", "cases", "said"),
    [
        ("nowhere", None, "no example"),
        ("walkthrough", 0, "at least one"),
        ("cook-county", None, "not part of Accord"),
    ],
)
def test_questions_without_meaning_are_refused_before_anything_is_made(example, cases, said, tmp_path):
    with pytest.raises(UsageRefused) as refusal:
        run(example, None, cases, tmp_path / "demo")
    assert said in str(refusal.value)
    assert not (tmp_path / "demo").exists()


def test_a_folder_without_the_tables_is_refused(tmp_path):
    with pytest.raises(UsageRefused) as refusal:
        run("cook-county", tmp_path, None, tmp_path / "demo")
    assert "intake.csv.xz" in str(refusal.value)
