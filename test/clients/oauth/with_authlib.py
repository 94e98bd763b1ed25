"""A client and a resource server in Python. Reads what it is given as a line of JSON, and writes what it has seen."""

import json
import os
import sys

import jwt
import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT

# Authlib refuses plain http otherwise.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"


def read():
    return json.loads(sys.stdin.readline())


def write(value):
    print(json.dumps(value), flush=True)


def verified(token, metadata, audience, algorithm):
    """What a resource server does with a token, and a client with an ID token."""
    key = jwt.PyJWKClient(metadata["jwks_uri"]).get_signing_key_from_jwt(token)
    return jwt.decode(
        token, key.key, algorithms=[algorithm], audience=audience, issuer=metadata["issuer"]
    )


def sign_in(given, metadata):
    session = OAuth2Session(
        given["clientId"],
        given["clientSecret"],
        scope="openid email orders:read",
        redirect_uri=given["redirect"],
        code_challenge_method="S256",
    )
    verifier = generate_token(48)
    address, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, resource=given["audience"]
    )
    write({"open": address})
    token = session.fetch_token(
        metadata["token_endpoint"], authorization_response=read(), state=state, code_verifier=verifier
    )
    user = verified(token["id_token"], metadata, given["clientId"], "RS256")
    orders = verified(token["access_token"], metadata, given["audience"], "ES256")
    fresh = session.refresh_token(metadata["token_endpoint"])
    write(
        {
            "sub": user["sub"],
            "email": user["email"],
            "orders": orders,
            "accessToken": token["access_token"],
            "refreshed": fresh["access_token"],
        }
    )


def service(given, metadata):
    endpoint = metadata["token_endpoint"]
    session = OAuth2Session(
        given["clientId"], given["key"], token_endpoint_auth_method=PrivateKeyJWT(endpoint)
    )
    token = session.fetch_token(
        endpoint, grant_type="client_credentials", scope="orders:read", resource=given["audience"]
    )
    write({"orders": verified(token["access_token"], metadata, given["audience"], "ES256")})


given = read()
metadata = requests.get(given["issuer"] + "/.well-known/openid-configuration").json()
{"sign-in": sign_in, "service": service}[sys.argv[1]](given, metadata)
