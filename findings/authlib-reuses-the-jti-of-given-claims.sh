#!/bin/sh
# `PrivateKeyJWT(endpoint, claims={...})` of Authlib writes the `jti` of its first assertion into the dictionary that it was given, and keeps it
# from then on: every later assertion has the same. A server that takes each `jti` once, as RFC 7523 §3 lets it, refuses the second. Without
# `claims` each assertion has one of its own.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check authlib==1.8.0
cat > run.py <<'END'
import base64, json, sys
from types import SimpleNamespace
import authlib
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

key = rsa.generate_private_key(65537, 2048).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
client = SimpleNamespace(client_id="robot", client_secret=key)


def ids(method):
    tokens = [method.sign(client, "https://auth.example/token") for _ in range(3)]
    bodies = [t.decode().split(".")[1] if isinstance(t, bytes) else t.split(".")[1] for t in tokens]
    return {json.loads(base64.urlsafe_b64decode(b + "=" * (-len(b) % 4)))["jti"] for b in bodies}


plain = ids(PrivateKeyJWT("https://auth.example/token"))
given = ids(PrivateKeyJWT("https://auth.example/token", claims={"aud": "https://auth.example"}))
print("Authlib", authlib.__version__, "made three assertions:", len(plain), "ids without claims,", len(given), "with")
sys.exit(0 if (len(plain), len(given)) == (3, 1) else 1)
END
venv/bin/python run.py
