"""An OpenID provider on loopback, written from the specifications, with signatures made by hand: it shares no code with
what the hub checks them by. It remembers what it was asked, changes its keys, and misbehaves on request."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

CLIENT, SECRET = "the hub: client/1", "a secret: with / and ?"


@cache
def key_named(name: str) -> rsa.RSAPrivateKey:
    """Made once for all tests: making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def curve_key() -> ec.EllipticCurvePrivateKey:
    """The key that is called `curve`."""
    return ec.generate_private_key(ec.SECP256R1())


def url_safe(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwk(name: str) -> dict[str, str]:
    if name == "curve":
        point = curve_key().public_key().public_numbers()
        x, y = (url_safe(value.to_bytes(32, "big")) for value in (point.x, point.y))
        return {"kty": "EC", "crv": "P-256", "kid": name, "x": x, "y": y}
    numbers = key_named(name).public_key().public_numbers()
    n, e = (url_safe(value.to_bytes((value.bit_length() + 7) // 8, "big")) for value in (numbers.n, numbers.e))
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": name, "n": n, "e": e}


@dataclass
class Person:
    """Somebody with a login at the provider, and what it tells of them."""

    subject: str
    claims: dict[str, Any] = field(default_factory=dict)


@dataclass
class OpenId:
    """The provider's state. What a test sets makes it misbehave."""

    now: float
    url: str = ""
    signing: str = "first"
    published: list[str] = field(default_factory=lambda: ["first"])
    algorithm: str = "RS256"
    kid: str | None = ""
    """The key id that tokens name; "" is the right one, None is none at all."""
    claims: dict[str, Any] = field(default_factory=dict)
    """Instead of the right ones; None takes one away."""
    description: dict[str, Any] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)
    """Statuses by path."""
    codes: dict[str, tuple[Person, dict[str, str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def describe(self) -> dict[str, Any]:
        known = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/page",
            "token_endpoint": f"{self.url}/token",
        }
        return {**known, "jwks_uri": f"{self.url}/keys", **self.description}

    def log_in(self, page: str, person: Person) -> str:
        """What somebody does on the provider's page; the address at which their browser comes back."""
        asked = dict(parse_qsl(urlsplit(page).query))
        assert page.startswith(f"{self.url}/page?") and asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT and asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = (person, asked)
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def exchange(self, authorization: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The token endpoint: a code is good once, for who asked and has the verifier."""
        if not self._is_the_client(authorization, form):
            return 401, {"error": "invalid_client"}
        person, asked = self.codes.pop(form.get("code", ""), (None, {}))
        challenge = url_safe(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        same = asked.get("redirect_uri") == form.get("redirect_uri") and asked.get("code_challenge") == challenge
        if person is None or not same or form.get("grant_type") != "authorization_code":
            return 400, {"error": "invalid_grant", "error_description": f"no such code {form.get('code')}"}
        token = self.token_for(person, asked["nonce"])
        return 200, {"access_token": "an access token", "token_type": "Bearer", "id_token": token}

    def _is_the_client(self, authorization: str, form: dict[str, str]) -> bool:
        if "client_secret_post" in self.description.get("token_endpoint_auth_methods_supported", ()):
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        return (unquote(name), unquote(secret)) == (CLIENT, SECRET)

    def token_for(self, person: Person, nonce: str) -> str:
        right = {"iss": self.url, "sub": person.subject, "aud": CLIENT, "nonce": nonce}
        right |= {"iat": int(self.now), "exp": int(self.now) + 300, **person.claims}
        claims = {name: value for name, value in {**right, **self.claims}.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.signing if self.kid == "" else self.kid}
        parts = [{name: value for name, value in header.items() if value is not None}, claims]
        signed = ".".join(url_safe(json.dumps(part).encode()) for part in parts)
        return f"{signed}.{url_safe(self._signature(signed.encode()))}"

    def _signature(self, signed: bytes) -> bytes:
        if self.algorithm == "none":
            return b""
        if self.algorithm == "HS256":  # the public key as a secret: what a careless check would take for right
            return hashlib.sha256(json.dumps(jwk(self.signing)).encode() + signed).digest()
        if self.algorithm == "ES256":
            numbers = decode_dss_signature(curve_key().sign(signed, ec.ECDSA(SHA256())))
            return b"".join(value.to_bytes(32, "big") for value in numbers)
        return key_named(self.signing).sign(signed, padding.PKCS1v15(), SHA256())


def handler_for(provider: OpenId) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = {"/.well-known/openid-configuration": provider.describe, "/keys": self._keys}
            self._answer(200, found[self.path]())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.exchange(self.headers.get("authorization", ""), form))

        def _keys(self) -> dict[str, Any]:
            return {"keys": [{"kty": "newer than we"}, *map(jwk, provider.published)]}

        def _answer(self, status: int, value: Any) -> None:
            provider.asked.append(self.path)
            status = provider.broken.get(self.path, status)
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Tests look at `asked`."""

    return Handler


@contextmanager
def serving(now: float) -> Iterator[OpenId]:
    """A provider for the length of a `with` block."""
    provider = OpenId(now)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(provider))
    provider.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
