"""Makes passwords.json: old password hashes by anything but the code under test. See README.md for how to run it."""

import base64
import hashlib
import json
import os
import subprocess
import sys

import argon2
import bcrypt
import django
from argon2.low_level import Type, hash_secret
from django.conf import settings
from passlib import hash as passlib

settings.configure()
django.setup()
from django.contrib.auth.hashers import PBKDF2PasswordHasher, PBKDF2SHA1PasswordHasher  # noqa: E402

ASCII = "correct horse battery staple"
UTF8 = "Pässwört für Zoë 🚪"
LONG = "nine and seventy bytes and more, " * 4 + "the end"
PADDED = "  blanks at both ends \t"
vectors = []


def put(format, made_by, password, stored, **more):
    vectors.append({"format": format, "made_by": made_by, "password": password, "stored": stored, **more})


def plain(octets):
    return base64.b64encode(octets).decode().rstrip("=")


def drupal(password, log_rounds, salt):
    """Drupal 7's _password_crypt('sha512', ...), written anew."""
    alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    digest = hashlib.sha512(salt.encode() + password).digest()
    for _ in range(1 << log_rounds):
        digest = hashlib.sha512(digest + password).digest()
    number, text = int.from_bytes(digest, "little"), ""
    while len(text) < 43:
        number, text = number >> 6, text + alphabet[number & 63]
    return "$S$" + alphabet[log_rounds] + salt + text


# What hashcat gives as its example of mode 7900.
assert drupal(b"hashcat", 14, "33783772") == "$S$C33783772bRXEx1aCsvY.dqgaaSu76XmVlKrW9Qu8IQlvxHlmzLf"

for password in (ASCII, UTF8, LONG, PADDED):
    octets = password.encode()

    twin = {"also": [password[:72] + " and another end"]} if password is LONG else {}
    put("bcrypt 2b", "Python bcrypt", password, bcrypt.hashpw(octets, bcrypt.gensalt(5)).decode(), **twin)

    for type, name in ((Type.D, "argon2d"), (Type.I, "argon2i"), (Type.ID, "argon2id")):
        for version in (16, 19):
            stored = hash_secret(octets, os.urandom(16), 3, 256, 2, 32, type, version).decode()
            put(f"{name} v={version}", "argon2-cffi", password, stored)
            if version == 16:
                put(f"{name} without v", "argon2-cffi, v=16 left out", password, stored.replace("$v=16", ""))
    put("argon2id of today", "argon2-cffi", password, argon2.PasswordHasher(2, 19456, 1).hash(password))
    put("argon2id", "argon2-cffi", password, argon2.PasswordHasher(2, 102400, 8).hash(password))

    put("scrypt", "passlib", password, passlib.scrypt.using(rounds=14).hash(password))
    for name, digest in (("", "sha1"), ("-sha256", "sha256"), ("-sha512", "sha512")):
        hasher = getattr(passlib, f"pbkdf2_{digest}")
        put(f"pbkdf2 {digest}", "passlib", password, hasher.using(rounds=20_000).hash(password))
        salt, length = os.urandom(16), hashlib.new(digest).digest_size
        output = hashlib.pbkdf2_hmac(digest, octets, salt, 10_000, length)
        stored = f"$pbkdf2-{digest}$i=10000,l={length}${plain(salt)}${plain(output)}"
        put(f"pbkdf2 {digest}", "hashlib", password, stored)
    for hasher in (PBKDF2PasswordHasher(), PBKDF2SHA1PasswordHasher()):
        rounds = 1_200_000 if password is ASCII and hasher.algorithm == "pbkdf2_sha256" else 20_000
        put(f"Django {hasher.algorithm}", "Django", password, hasher.encode(password, hasher.salt(), rounds))

    put("phpass $H$", "passlib", password, passlib.phpass.using(ident="H", rounds=11).hash(password))
    md5 = hashlib.md5(octets).hexdigest()
    put("Drupal U$P$", "passlib over hashlib", password, "U" + passlib.phpass.using(rounds=11).hash(md5))
    put("Drupal U$S$", "hashlib", password, "U" + drupal(md5.encode(), 11, "aB3.x/9Z"))
    put("Drupal $S$", "hashlib", password, drupal(octets, 16 if password is ASCII else 15, "q7Wz.Kp0"))

    # Fast digests, wrapped: argon2 is over the hexadecimal digest.
    salt = "kP3xW9zQ1"
    first = hashlib.sha1(octets).hexdigest()
    for _ in range(2):
        first = hashlib.sha1((salt + first).encode()).hexdigest()
    opencart = "sha1+sha1-salt-first+sha1-salt-first"
    sha256 = hashlib.sha256(octets + salt.encode()).hexdigest()
    for steps, salt, digest in (("md5", "", md5), (opencart, salt, first), ("sha256-salt-last", salt, sha256)):
        for memory in (19456, 64):
            wrapped = argon2.PasswordHasher(2, memory, 1).hash(digest)
            put(f"{steps}, wrapped", "argon2-cffi over hashlib", password, f"$vestibule${steps}${plain(salt.encode())}{wrapped}")

vectors.append({"format": "Drupal $S$", "made_by": "hashcat, in its list of examples", "password": "hashcat",
                "stored": "$S$C33783772bRXEx1aCsvY.dqgaaSu76XmVlKrW9Qu8IQlvxHlmzLf"})

folder = os.path.dirname(os.path.abspath(__file__))
for command in (["php", f"{folder}/make-passwords.php", sys.argv[1]],
                ["node", f"{folder}/make-passwords.mjs", json.dumps([ASCII, UTF8, LONG, PADDED])]):
    vectors += json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)

# What costs as much as platforms propose: checked once, so that the tests stay quick.
DEAR = ("$m=65536,t=4,p=1$", "$m=102400,", "$2y$12$", "$2y$14$", "$1200000$", "$S$E")
for vector in vectors:
    if any(mark in vector["stored"] for mark in DEAR):
        vector["dear"] = True

vectors.sort(key=lambda vector: (vector["format"], vector["made_by"]))
lines = ",\n".join("  " + json.dumps(vector, ensure_ascii=False) for vector in vectors)
with open(f"{folder}/passwords.json", "w", encoding="utf-8") as file:
    file.write(f"[\n{lines}\n]\n")
