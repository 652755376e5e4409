"""Makes altered-passwords.json: hashes of what platforms made of passwords, and hashes with something around them. See README.md.

Usage: make-altered.py <php>. PHP alters the texts as the platforms' own sources do, by the functions that they call.
"""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import unicodedata

import argon2
import bcrypt
from passlib import hash as passlib


def php(expression, text):
    """What PHP makes of a text."""
    code = f"$text = stream_get_contents(STDIN); echo {expression};"
    return subprocess.run([*sys.argv[1:], "-r", code], input=text.encode(), check=True, stdout=subprocess.PIPE).stdout.decode()


WORDPRESS = "trim(addslashes($text))"
COMPAT = "htmlspecialchars($text, ENT_COMPAT, 'UTF-8')"
QUOTES = "htmlspecialchars($text, ENT_QUOTES, 'UTF-8')"
vectors = []


def put(kind, form, *typed):
    vectors.append({"kind": kind, "password": form, "typed": list(typed)})


def phpass(text, ident="P"):
    return passlib.phpass.using(ident=ident, rounds=8).hash(text)


def opencart(text, salt="kP3xW9zQ1"):
    digest = hashlib.sha1(text.encode()).hexdigest()
    for _ in range(2):
        digest = hashlib.sha1((salt + digest).encode()).hexdigest()
    return {"format": "opencart", "hash": digest, "salt": salt}


def drupal(text, log_rounds=8, salt="q7Wz.Kp0"):
    alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    digest = hashlib.sha512(salt.encode() + text.encode()).digest()
    for _ in range(1 << log_rounds):
        digest = hashlib.sha512(digest + text.encode()).digest()
    number, hashed = int.from_bytes(digest, "little"), ""
    while len(hashed) < 43:
        number, hashed = number >> 6, hashed + alphabet[number & 63]
    return "$S$" + alphabet[log_rounds] + salt + hashed


def blowfish(text, prefix=b"2b"):
    return bcrypt.hashpw(text.encode(), bcrypt.gensalt(4, prefix)).decode()


def named(hash):
    return {"format": "self-describing", "hash": hash}


# Blanks at the ends: trimmed before they are hashed, so every spelling is the customer's.
for password in ("a walk in the rain", 'it\'s a "walk" \\ in the rain'):
    typed = [f"{password} ", password, f"\t{password}\n", f" {password}"]
    put("WordPress $P$", {"format": "wordpress", "hash": phpass(php(WORDPRESS, password))}, *typed)
    mac = hmac.digest(b"wp-sha384", php(WORDPRESS, password).encode(), "sha384")
    put("WordPress $wp$2y$", {"format": "wordpress", "hash": "$wp" + blowfish(base64.b64encode(mac).decode()).replace("$2b", "$2y")}, *typed)
    put("WordPress MD5", {"format": "wordpress", "hash": hashlib.md5(php(WORDPRESS, password).encode()).hexdigest()}, *typed)
put("Drupal $S$", named(drupal("a walk in the rain")), "a walk in the rain ", "a walk in the rain")
put("Drupal bcrypt", named(blowfish("a walk in the rain")), "a walk in the rain", "a walk in the rain ")

# HTML entities in place of what HTML reserves.
for password in ("fish&chips please", '<b>"bold" & \'quoted\'</b>', "a > b", "ünï & cödé"):
    put("OpenCart SHA-1", opencart(php(COMPAT, password)), password, php(COMPAT, password), password)
    put("OpenCart MD5", {"format": "opencart", "hash": hashlib.md5(php(COMPAT, password).encode()).hexdigest()}, password, f"{password} ")
    put("phpBB $H$", named(phpass(php(COMPAT, password), "H")), password, f" {password}")
    put("phpBB bcrypt", named(blowfish(php(COMPAT, password)).replace("$2b", "$2y")), password, password)
    put("phpBB argon2id", named(argon2.PasswordHasher(1, 1024, 2).hash(php(COMPAT, password))), password, password)
put("own shop, ENT_QUOTES", {"format": "digest", "algorithm": "sha256", "hash": hashlib.sha256(php(QUOTES, "it's <mine>").encode()).hexdigest()},
    "it's <mine>", "it&#039;s &lt;mine&gt;")
put("not escaped", opencart("fish&chips please"), "fish&chips please", "fish&chips please")
put("entities that were typed", opencart(php(COMPAT, "&amp; and &lt;")), "&amp; and &lt;", "&amp; and &lt;")

# Backslashes that are taken away.
key = "ZVjhLAUoqJ3xZEwC0HcVAxBIVnqlVMvGbqGrJqRZMwVtOaKkLxXAyTzA"
stripped = php("stripslashes($text)", "back\\slash and \\\\ more")
put("PrestaShop MD5", {"format": "prestashop", "hash": hashlib.md5((key + stripped).encode()).hexdigest(), "cookie_key": key},
    "back\\slash and \\\\ more", "back\\slash and \\\\ more ")

# Nothing beyond 72 bytes counts.
long = "nine-and-seventy-bytes-and-more!" * 4
put("bcrypt, 72 bytes", named(blowfish(long[:72])), long[:72] + " and one end", long[:72] + " and another", long[:72])
blank = long[:71] + " "
put("bcrypt, 72 bytes, the last a blank", named(blowfish(blank)), blank + "and one end", blank + "and another", blank)
put("bcrypt, 71 bytes", named(blowfish(long[:71])), long[:71], long[:71] + " ")

# Letters that are composed or not, and spaces of every width.
for password in ("größe und mañana", "Việt Nam, đẹp lắm", "한국어 비밀번호", "Ωμέγα ὀδός"):
    composed, decomposed = unicodedata.normalize("NFC", password), unicodedata.normalize("NFD", password)
    for made_of, first, second in ((composed, decomposed, composed), (decomposed, decomposed, composed)):
        for form in (named(argon2.PasswordHasher(2, 8, 1).hash(made_of)), named(argon2.PasswordHasher(1, 8, 1).hash(made_of)),
                     named(blowfish(made_of)), {"format": "digest", "algorithm": "sha1", "hash": hashlib.sha1(made_of.encode()).hexdigest()},
                     named(passlib.pbkdf2_sha256.using(rounds=10).hash(made_of))):
            put("Unicode", form, first, second, first)
put("spaces", named(argon2.PasswordHasher(1, 8, 1).hash("a walk in the rain")), "a\u00a0walk\u3000in\u2009the rain", "a walk in the rain")
put("spaces", named(argon2.PasswordHasher(1, 8, 1).hash("a\u00a0walk in the rain")), "a\u00a0walk in the rain", "a walk in the rain", "a\u00a0walk in the rain")

# What stands around a hash.
plain = "correct horse battery staple"
md5, sha1, sha256 = (hashlib.new(name, plain.encode()).hexdigest() for name in ("md5", "sha1", "sha256"))
two_y = blowfish(plain).replace("$2b", "$2y")
for version in ("0", "1", "2"):
    put("a version after bcrypt", {"format": "magento", "hash": f"{two_y}:{version}"}, plain)
put("an empty salt after bcrypt", {"format": "magento", "hash": f"{two_y}:"}, plain)
put("a version after argon2", {"format": "magento", "hash": f"{argon2.PasswordHasher(1, 8, 1).hash(plain)}:2"}, plain)
for before, after in ((" ", "\n"), ('"', '"'), ("'", "'"), ("\ufeff", ""), ('" ', ' "'), ("\u00a0", "\u200b")):
    for hash in (two_y, phpass(plain), argon2.PasswordHasher(1, 8, 1).hash(plain)):
        put("blanks and quotes", named(f"{before}{hash}{after}"), plain)
    put("blanks and quotes", {"format": "wordpress", "hash": f"{before}{md5}{after}"}, plain)
    put("blanks and quotes", {"format": "magento", "hash": f"{before}{hashlib.md5(b'xY' + plain.encode()).hexdigest()}:xY{after}"}, plain)
    put("blanks and quotes", {"format": "digest", "algorithm": "sha256", "hash": f"{before}{sha256}{after}"}, plain)
put("upper case", {"format": "digest", "algorithm": "md5", "hash": md5.upper()}, plain)
put("upper case", {"format": "prestashop", "hash": hashlib.md5((key + plain).encode()).hexdigest().upper(), "cookie_key": key}, plain)
put("upper case", {**opencart(plain), "hash": opencart(plain)["hash"].upper()}, plain)
put("Django's name", named("bcrypt$" + blowfish(plain)), plain)
put("Django's name", named("argon2" + argon2.PasswordHasher(1, 8, 1).hash(plain)), plain)
for name, hash in (("bcrypt", blowfish(plain, b"2a")), ("argon2", argon2.PasswordHasher(1, 8, 1).hash(plain)), ("CRYPT", two_y), ("crypt", two_y)):
    put("a name in braces", named(f"{{{name}}}{hash}"), plain)
for scheme in ("md5", "salted_md5", "sha1", "salted_sha1", "salted_sha256", "salted_sha512"):
    put("LDAP", named(getattr(passlib, f"ldap_{scheme}").hash(plain)), plain)
for name, algorithm in (("SHA256", "sha256"), ("SHA512", "sha512")):
    put("LDAP", named(f"{{{name}}}{base64.b64encode(hashlib.new(algorithm, plain.encode()).digest()).decode()}"), plain)
# Spring's MessageDigestPasswordEncoder: the braces are a part of its salt.
for name, algorithm in (("MD5", "md5"), ("SHA-1", "sha1"), ("SHA-256", "sha256"), ("SHA-512", "sha512")):
    salt = "{" + base64.b64encode(os.urandom(32)).decode() + "}"
    put("Spring", named(f"{{{name}}}{salt}{hashlib.new(algorithm, (plain + salt).encode()).hexdigest()}"), plain)
put("Spring", named(f"{{MD5}}{md5}"), plain)

lines = ",\n".join("  " + json.dumps(vector, ensure_ascii=True) for vector in vectors)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "altered-passwords.json"), "w", encoding="utf-8") as file:
    file.write(f"[\n{lines}\n]\n")
