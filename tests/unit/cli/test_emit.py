"""`accord emit`: receipts, what waits, what is refused and can be sent again."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from accord.gateway import Submission
from tests.exchange import Exchange, arrest
from tests.running import Run

MAPPING = """
[mapping]
name = "small"
about = "arrests of a small town"
timezone = "America/Denver"
source = "town/arrests"
subject = "{number}"
case = "number"

[left_out]
officer = "names a person"

[[event]]
type = "ArrestMade"
id = "arrest/{number}"
on = { column = "when" }

[event.fields]
occurred_at = { column = "when" }
arrest_number = { template = "{number}" }
arrest_kind = { constant = "on_view" }
offenses = { constant = ["assault"] }
"""


def lines(*submissions: Submission) -> bytes:
    made = []
    for one in submissions:
        said = asdict(one)
        del said["row"]
        made.append(json.dumps(said))
    return "\n".join(made).encode() + b"\n"


def home(exchange: Exchange, slug: str = "police") -> list[Any]:
    return ["--home", exchange.home(slug)]


def test_an_event_from_standard_input_gets_a_receipt(exchange: Exchange, run: Run) -> None:
    said = run("emit", *home(exchange), stdin=lines(arrest("A2400010")))
    assert said.code == 0
    assert said.out.startswith("accepted  row 1: event ")
    assert "1 accepted" in said.err


def test_a_dash_is_standard_input(exchange: Exchange, run: Run) -> None:
    assert run("emit", "-", *home(exchange), stdin=lines(arrest("A2400010"))).code == 0


def test_the_same_again_changes_nothing_and_gives_the_same_receipt(exchange: Exchange, run: Run) -> None:
    first = run("emit", "--json", *home(exchange), stdin=lines(arrest("A2400010"))).lines
    again = run("emit", "--json", *home(exchange), stdin=lines(arrest("A2400010"))).lines
    assert (first[0]["repeated"], again[0]["repeated"]) == (False, True)
    assert first[0]["receipt"] == again[0]["receipt"]
    assert again[-1]["again"] == 1


def test_receipts_verify_and_a_changed_one_does_not(exchange: Exchange, run: Run, tmp_path: Path) -> None:
    out = run("emit", "--json", *home(exchange), stdin=lines(arrest("A2400010"), arrest("A2400011"))).out
    receipts = tmp_path / "receipts.ndjson"
    receipts.write_text(out)
    assert run("verify", "--receipt", receipts, *home(exchange)).code == 0
    one = json.loads(out.splitlines()[0])["receipt"]
    alone = json.dumps(one)
    assert run("verify", "--receipt", "-", *home(exchange), stdin=alone.encode()).code == 0
    wrong = json.dumps({**one, "index": one["index"] + 1})
    said = run("verify", "--receipt", "-", *home(exchange), stdin=f"{wrong}\n{alone}\n{wrong}".encode())
    assert said.code == 1
    assert "1 receipt(s) verified" in said.out
    assert "2 receipt(s) are wrong" in said.out


def test_other_content_under_the_same_id_is_refused(exchange: Exchange, run: Run) -> None:
    run("emit", *home(exchange), stdin=lines(arrest("A2400010")))
    said = run("emit", *home(exchange), stdin=lines(arrest("A2400010", arrest_kind="citation")))
    assert said.code == 2
    assert "emitted before with other content" in said.out


def test_refused_events_are_told_and_the_rest_is_emitted(exchange: Exchange, run: Run) -> None:
    data = lines(arrest("A2400010", arrest_kind="no such kind"), arrest("A2400011")) + b"{oops}\n"
    said = run("emit", "--json", *home(exchange), stdin=data)
    assert said.code == 2
    assert sorted(one["outcome"] for one in said.lines) == ["accepted", "refused", "refused", "summary"]
    assert said.lines[-1] == {"outcome": "summary", "accepted": 1, "again": 0, "waiting": 0, "refused": 2}
    assert "no such kind" not in said.out


def test_rejects_can_be_mended_and_sent_again(exchange: Exchange, run: Run, tmp_path: Path) -> None:
    rejects, again = tmp_path / "rejects.ndjson", tmp_path / "again.ndjson"
    data = lines(arrest("A2400010"), arrest("A2400011", arrest_kind="bad"))
    assert run("emit", "--rejects", rejects, *home(exchange), stdin=data).code == 2
    (left,) = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert left["reject"]["row"] == 2
    assert left["id"] == "arrest-A2400011"
    mended = rejects.read_text().replace('"bad"', '"on_view"')
    again.write_text(mended)
    assert run("emit", again, "--rejects", rejects, *home(exchange)).code == 0
    assert rejects.read_text() == ""


def test_rejects_do_not_overwrite_their_input(exchange: Exchange, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    path.write_bytes(lines(arrest()))
    said = run("emit", path, "--rejects", path, *home(exchange))
    assert said.code == 2
    assert path.read_bytes() == lines(arrest())


def test_a_citation_that_cannot_be_resolved_waits(exchange: Exchange, run: Run) -> None:
    release = Submission(
        "/test/police",
        "release-1",
        "ReleasedFromCustody",
        "A2400012",
        {
            "occurred_on": "2024-06-05",
            "arrest": {"id": "arrest-A2400012"},
            "release_basis": "transferred",
            "conditions_given": False,
        },
    )
    said = run("emit", "--json", *home(exchange), stdin=lines(release))
    assert said.code == 0
    assert (said.lines[0]["outcome"], said.lines[0]["field"]) == ("waiting", "arrest")
    assert run("sync", "--json", *home(exchange)).json["waiting"] == 1
    run("emit", *home(exchange), stdin=lines(arrest("A2400012")))
    synced = run("sync", "--json", *home(exchange))
    assert (synced.code, synced.json["waiting"], synced.json["released"]) == (0, 0, 1)
    (told,) = synced.json["receipts"]
    assert (told["source"], told["id"]) == ("/test/police", "release-1")
    kept = json.dumps(told["receipt"]).encode()
    assert run("verify", "--receipt", "-", *home(exchange), stdin=kept).code == 0
    assert run("sync", "--json", *home(exchange)).json["receipts"] == []


def test_the_receipt_of_what_waited_is_printed_for_people_too(exchange: Exchange, run: Run) -> None:
    data = {
        "occurred_on": "2024-06-05",
        "arrest": {"id": "arrest-A2400013"},
        "release_basis": "transferred",
        "conditions_given": False,
    }
    run(
        "emit",
        *home(exchange),
        stdin=lines(Submission("/test/police", "release-2", "ReleasedFromCustody", "A2400013", data)),
    )
    run("emit", *home(exchange), stdin=lines(arrest("A2400013")))
    assert "waited, and has its receipt now: event " in run("sync", *home(exchange)).out


def test_what_is_wrong_anyway_does_not_wait(exchange: Exchange, run: Run) -> None:
    data = {"occurred_on": "2024-06-05", "arrest": {"number": "A2400999"}, "release_basis": "no such basis"}
    release = Submission("/test/police", "release-1", "ReleasedFromCustody", "A2400012", data)
    said = run("emit", *home(exchange), stdin=lines(release))
    assert said.code == 2
    assert "release_basis" in said.out
    assert "no such basis" not in said.out


def test_a_waiting_event_is_mended_under_its_own_id(exchange: Exchange, run: Run) -> None:
    data = {
        "occurred_on": "2024-06-05",
        "arrest": {"number": "A2400999"},
        "release_basis": "transferred",
        "conditions_given": False,
    }
    wrong = Submission("/test/police", "release-1", "ReleasedFromCustody", "A2400001", data)
    assert run("emit", *home(exchange), stdin=lines(wrong)).code == 0
    mended = Submission(
        wrong.source, wrong.id, wrong.type, wrong.subject, {**data, "arrest": {"number": "A2400001"}}
    )
    assert run("emit", *home(exchange), stdin=lines(mended)).out.startswith("accepted")
    assert run("sync", "--json", *home(exchange)).json["waiting"] == 0


def test_a_table_is_read_through_a_mapping(exchange: Exchange, run: Run, tmp_path: Path) -> None:
    mapping, table, rejects = tmp_path / "map.toml", tmp_path / "in.csv", tmp_path / "rejects.csv"
    mapping.write_text(MAPPING)
    table.write_text(
        "number,when,officer\nA2400020,2024-06-03T21:15:00,X\nA2400021,soon,Y\nwrong,2024-06-03T21:15:00,Z\n"
    )
    said = run("emit", table, "--map", mapping, "--rejects", rejects, "--json", *home(exchange))
    assert said.code == 2, said.err
    assert [one["outcome"] for one in said.lines] == ["accepted", "refused", "refused", "summary"]
    assert [one["rows"] for one in said.lines[:-1]] == [[1], [2], [3]]
    assert said.lines[-1]["mapping"]["rows"] == 3
    written = rejects.read_text().splitlines()
    assert written[0] == "number,when,officer,reject_row,reject_column,reject_reason"
    assert [row.split(",")[0] for row in written[1:]] == ["A2400021", "wrong"]
    mended = rejects.read_text().replace("soon", "2024-06-04T01:00:00").replace("wrong", "A2400022")
    (tmp_path / "mended.csv").write_text(mended)
    again = run("emit", tmp_path / "mended.csv", "--map", mapping, "--json", *home(exchange))
    assert (again.code, again.lines[-1]["accepted"]) == (0, 2)


def test_a_damaged_end_of_input_does_not_undo_what_came_before(
    exchange: Exchange, run: Run, tmp_path: Path
) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text(MAPPING)
    table = b'number,when,officer\nA2400020,2024-06-03T21:15:00,X\n"A2400021,2024-06-03T21:15:00,X\n'
    said = run("emit", "--map", mapping, *home(exchange), stdin=table)
    assert said.code == 2
    assert said.out.startswith("accepted  row 1:")
    assert "accord: row 2:" in said.err


def test_csv_without_a_mapping_is_told_what_to_do(exchange: Exchange, run: Run) -> None:
    said = run("emit", *home(exchange), stdin=b"number,when\nA1,now\n")
    assert said.code == 2
    assert "--map" in said.err


def test_nothing_to_emit_is_no_fault(exchange: Exchange, run: Run) -> None:
    said = run("emit", *home(exchange))
    assert (said.code, said.out) == (0, "")


def test_a_file_that_is_not_there(exchange: Exchange, run: Run, tmp_path: Path) -> None:
    said = run("emit", tmp_path / "none.ndjson", *home(exchange))
    assert said.code == 2
    assert "none.ndjson" in said.err
