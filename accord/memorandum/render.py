"""A report and a memorandum as text for a person and as plain data for a program."""

from __future__ import annotations

from typing import Any

from accord.memorandum.agreement import Agency, Memorandum
from accord.memorandum.check import Report
from accord.memorandum.faults import Fault


def report_json(report: Report) -> dict[str, Any]:
    """faults, missing, alarms (kind, path, line, message, why, advice), signed, sha256, complete."""
    return {
        "complete": report.complete,
        "sha256": report.memorandum.sha256.hex() if report.memorandum else None,
        "signed": list(report.tally.signed) if report.tally else [],
        "faults": [_fault(one) for one in report.faults],
        "missing": [_fault(one) for one in report.missing],
        "alarms": [_fault(one) for one in report.alarms],
    }


def report_text(report: Report) -> str:
    """Each finding in four lines: where and what, why it matters, what to do; then the verdict."""
    parts = [
        *(_block("fault", one) for one in report.faults),
        *(_block("missing", one) for one in report.missing),
        *(_block("alarm", one) for one in report.alarms),
        _verdict(report),
    ]
    return "\n".join(parts) + "\n"


def _fault(one: Fault) -> dict[str, Any]:
    return {key: getattr(one, key) for key in one.__slots__}


def _block(word: str, one: Fault) -> str:
    where = f"line {one.line}" if one.line else "the file"
    path = f" {one.path}" if one.path else ""
    return f"{word}: {where}{path}: {one.message}\n    why: {one.why}\n    do:  {one.advice}"


def _verdict(report: Report) -> str:
    if report.faults:
        return f"{len(report.faults)} fault(s): this memorandum cannot be enforced."
    signed = f" Signed by {', '.join(report.tally.signed) or 'nobody yet'}." if report.tally else ""
    if report.missing:
        return (
            f"No fault. A draft: {len(report.missing)} thing(s) are missing before it can be adopted.{signed}"
        )
    return f"No fault, nothing missing.{signed}"


def summary(memorandum: Memorandum) -> dict[str, Any]:
    """What `accord memorandum show` says: who, until when, how many signatures; JSON-able."""
    terms = memorandum.document.exchange
    return {
        "exchange": memorandum.exchange,
        "version": memorandum.version,
        "sha256": memorandum.sha256.hex(),
        "previous": terms.previous or None,
        "valid_from": memorandum.valid_from.isoformat(),
        "valid_until": memorandum.valid_until.isoformat(),
        "grace_days": memorandum.grace.days,
        "timezone": memorandum.timezone.key,
        "signatures_needed": terms.signatures_needed,
        "always_signs": list(terms.always_signs),
        "agencies": [_agency(one) for one in memorandum.agencies.values()],
        "involvements": len(memorandum.involvements),
        "entitlements": len(memorandum.document.entitlement),
        "obligations": [
            {
                "id": one.id,
                "clause": one.clause,
                "owner": one.owner,
                "within": str(one.within),
                "why": one.why,
            }
            for one in memorandum.obligations
        ],
    }


def _agency(agency: Agency) -> dict[str, Any]:
    return {
        "slug": agency.slug,
        "role": agency.role,
        "enrolled": bool(agency.keys),
        "keys_from": [row.from_size for row in agency.keys],
    }


def _keys(sizes: list[int]) -> str:
    if not sizes:
        return "no keys yet"
    renewed = f", keys renewed from size {', '.join(map(str, sizes[1:]))}" if sizes[1:] else ""
    return f"enrolled{renewed}"


def summary_text(memorandum: Memorandum) -> str:
    """The same for a person."""
    said = summary(memorandum)
    lines = [
        f"Memorandum of {said['exchange']}, version {said['version']}",
        f"  SHA-256 {said['sha256']}",
        f"  in force {said['valid_from']} to {said['valid_until']}, then {said['grace_days']} days of grace",
        f"  {said['signatures_needed']} signatures, {', '.join(said['always_signs'])} among them",
        "Agencies",
    ]
    for one in said["agencies"]:
        lines.append(f"  {one['slug']:<20}{one['role']:<18}{_keys(one['keys_from'])}")
    lines.append("Promises")
    for one in said["obligations"]:
        lines.append(f"  {one['clause']:<6}{one['id']:<26}{one['owner']:<18}{one['within']:<6}{one['why']}")
    return "\n".join(lines) + "\n"
