"""The wire over HTTPS: an agency's folder behind mutual TLS, and how the others read it."""

from accord.adapters.https.inspection import inspect
from accord.adapters.https.peer import Patience, Peer
from accord.adapters.https.server import Limits, Seen, WireServer
from accord.adapters.https.tls import Identity, client_context, server_context
from accord.adapters.https.wire import HttpsWire

__all__ = [
    "HttpsWire",
    "Identity",
    "Limits",
    "Patience",
    "Peer",
    "Seen",
    "WireServer",
    "client_context",
    "inspect",
    "server_context",
]
