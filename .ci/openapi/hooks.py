"""What Schemathesis has to know to be a shop's many customers: who they are, and where they come from."""

from __future__ import annotations

import itertools
import os
import random
import re
import time

import requests
import schemathesis
from urllib3.util import connection

SHOP = f"{os.environ['VESTIBULE_URL']}/{os.environ['VESTIBULE_STORE']}"
INBOX = f"{os.environ['VESTIBULE_URL']}/inbox.json"
OWNER_KEY = os.environ["VESTIBULE_OWNER_KEY"]
DEMO_CUSTOMER = {"email": "ada@example.com", "password": "correct horse battery staple"}

connect = connection.create_connection
addresses = random.Random(1)


def from_anywhere(address, timeout=None, source_address=None, socket_options=None):
    """Every connection comes from a loopback address of its own, so that limits on networks do not answer everything."""
    source = f"127.{addresses.randrange(256)}.{addresses.randrange(256)}.{addresses.randrange(1, 255)}"
    return connect(address, timeout, (source, 0), socket_options)


connection.create_connection = from_anywhere


def asks_for(scheme: str):
    """Chooses the operations of a security scheme."""
    return lambda context: {scheme: []} in context.operation.definition.raw.get("security", [])


numbers = itertools.count(1)


def call(operation: str, body: dict) -> dict:
    """An answer that is needed to go on."""
    answer = requests.post(f"{SHOP}/{operation}", json=body, timeout=30)
    answer.raise_for_status()
    return answer.json()


def mailed_code(email: str) -> str:
    """The code in the mail to this address."""
    for _ in range(200):
        mails = requests.get(INBOX, timeout=30).json()
        code = next((re.search(r"^\d{6}$", mail["text"], re.MULTILINE) for mail in mails if mail["to"] == email), None)
        if code:
            # It is read whole each time: what has been used goes.
            requests.delete(INBOX, timeout=30).raise_for_status()
            return code[0]
        time.sleep(0.02)
    raise TimeoutError("no mail has come")


@schemathesis.auth(refresh_interval=None).apply_to(asks_for("customer"))
class Customer:
    """A session for each request, for the last one may have ended it; and a new customer for each deletion. The others are
    one customer, for the mails of a store are counted."""

    def get(self, case, context) -> str:
        if context.operation.definition.raw["operationId"] != "delete-account":
            return call("login", DEMO_CUSTOMER)["access_token"]
        email = f"customer-{next(numbers)}@example.com"
        challenge = call("create-account", {"email": email})["challenge_id"]
        return call("verify-code", {"challenge_id": challenge, "code": mailed_code(email)})["access_token"]

    def set(self, case, data, context) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.auth(refresh_interval=None).apply_to(asks_for("merchant"))
class Merchant:
    """The owner of the demo store."""

    def get(self, case, context) -> str:
        return OWNER_KEY

    def set(self, case, data, context) -> None:
        case.headers["Authorization"] = f"Bearer {data}"
