"""What a broker's own settings open, as far as it shows them, and as its file has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.adapters.kafka import read_settings
from accord.adapters.kafka.openness import too_open
from accord.adapters.kafka.properties import parse
from accord.errors import UsageRefused
from tests.shared_data import REPOSITORY

SHIPPED = REPOSITORY / "deploy" / "kafka" / "server.properties"
HIDDEN = dict.fromkeys(("super.users", "allow.everyone.if.no.acl.found"))


def found(other: dict[str, str | None], **kept: str) -> list[str]:
    """What is told of the shipped settings with others, the authorizer's hidden as a broker hides them."""
    shown = {**parse(SHIPPED.read_text()), **other, **HIDDEN}
    file = {**parse(SHIPPED.read_text()), **{key.replace("_", "."): value for key, value in kept.items()}}
    return [str(one) for one in too_open("broker 1", shown, file, ("court", "police"))]


def test_the_shipped_settings_open_nothing() -> None:
    assert found({}) == []


@pytest.mark.parametrize("who", ["police", "*", "ANONYMOUS", "nobody"])
def test_whoever_needs_no_permit_is_named(who: str) -> None:
    (said,) = found({}, super_users=f"User:broker; User:{who}")
    assert said.startswith(f"open: broker 1: super.users names {who},")


def test_another_operator_is_nobody_of_the_exchange() -> None:
    assert found({}, super_users="User:broker;User:broker2;User:police2") == []


@pytest.mark.parametrize("value", ["true", "TRUE", "yes"])
def test_what_no_permit_names_may_not_be_everybody_s(value: str) -> None:
    (said,) = found({}, allow_everyone_if_no_acl_found=value)
    assert said.startswith("open: broker 1: allow.everyone.if.no.acl.found is not false")


@pytest.mark.parametrize("value", ["none", "requested"])
def test_the_listener_s_own_setting_goes_before_the_common_one(value: str) -> None:
    own = "listener.name.clients.ssl.client.auth"
    assert [own in one for one in found({own: value})] == [True]
    assert [own in one for one in found({"ssl.client.auth": value})] == [False]
    assert found({"ssl.client.auth": value, own: "required"}) == []


def test_every_listener_of_clients_counts_and_the_controllers_does_not() -> None:
    listeners = "CLIENTS://:9093,INSIDE://:9095,CONTROLLER://localhost:9094"
    kinds = "CLIENTS:SSL,INSIDE:{},CONTROLLER:PLAINTEXT"
    two = {"listeners": listeners, "listener.security.protocol.map": kinds.format("SSL")}
    assert found(two) == []
    (said,) = found({**two, "listener.name.inside.ssl.client.auth": "none"})
    assert "listener INSIDE: " in said
    (said,) = found({**two, "listener.security.protocol.map": kinds.format("PLAINTEXT")})
    assert "listener INSIDE is not SSL" in said


def test_what_is_not_shown_is_said_to_be_unseen() -> None:
    shown = {**parse(SHIPPED.read_text()), **HIDDEN, "ssl.client.auth": None}
    said = [str(one) for one in too_open("broker 1", shown, {}, ("court",))]
    assert [one.split(":")[0] for one in said] == ["unseen"] * 3
    assert ["super.users" in one for one in said] == [False, True, False]
    (nothing,) = too_open("broker 1", {}, {}, ("court",))
    assert nothing.kind == "unseen"


def test_what_is_not_set_is_as_kafka_leaves_it() -> None:
    shown = {key: value for key, value in parse(SHIPPED.read_text()).items() if key not in HIDDEN}
    assert list(too_open("broker 1", shown, {}, ("court",))) == []
    shown.pop("auto.create.topics.enable")
    (said,) = too_open("broker 1", shown, {}, ("court",))
    assert "auto.create.topics.enable is not false" in str(said)


def test_a_file_is_read_as_java_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "server.properties"
    path.write_text(
        "# a comment, which does not go on \\\n! another\n  node.id = 3\nsuper.users: User:broker;\\\n"
        "    User\\:court\nallow.everyone.if.no.acl.found true\nempty\nlog.dirs=/a\nlog.dirs=/b\\u0063 \n"
    )
    assert read_settings(path) == (
        "3",
        {
            "node.id": "3",
            "super.users": "User:broker;User:court",
            "allow.everyone.if.no.acl.found": "true",
            "empty": "",
            "log.dirs": "/bc",
        },
    )


def test_a_file_of_no_broker_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "server.properties"
    with pytest.raises(UsageRefused, match="cannot be read") as refused:
        read_settings(path)
    assert refused.value.where == str(path)
    path.write_text("super.users=User:broker\n")
    with pytest.raises(UsageRefused, match=r"node\.id is missing"):
        read_settings(path)
