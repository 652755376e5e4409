#!/usr/bin/env python3
"""Writes country-names.tsv: what else the countries of rules.tsv are called and coded.

    pip install pycountry==26.2.16
    npm pack cldr-core@48.2.0 cldr-localenames-full@48.2.0
    python3 make-country-names.py FOLDER-OF-THESE

Two sources: ISO 3166-1, from Debian's iso-codes in the Python package pycountry, and Unicode CLDR 48.2, which has the names in
English and in the official languages of each country. FURTHER has what neither has.

One line for each country, sorted by its code. The columns, separated by tabs:

    1. the country: its code of ISO 3166-1
    2. other codes, separated by semicolons: that of three letters first
    3. names, separated by semicolons

A name that could mean two countries is left out.
"""

import json
import sys
import tarfile
import unicodedata
from importlib.metadata import version
from pathlib import Path

import pycountry

PYCOUNTRY, CLDR = "26.2.16", "48.2.0"
HERE = Path(__file__).parent
SPECIAL = {"ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ł": "l", "ŧ": "t", "þ": "th"}
OFFICIAL = {"official", "de_facto_official", "official_regional"}

# The codes of the European Union for two of its countries, past and present, and the long names that people write. XK has no code.
FURTHER_CODES = {"GB": ["UK"], "GR": ["EL"], "XK": ["XKX"]}
FURTHER_NAMES = {
    "CZ": ["Czech Republic"],
    "GB": ["Great Britain", "England", "Scotland", "Wales", "Northern Ireland"],
    "NL": ["Holland", "The Netherlands"],
    "US": ["USA", "U.S.A.", "United States of America", "The United States"],
}
# Two countries each.
AMBIGUOUS = {"congo", "korea", "guinee", "saintmartin", "sintmaarten", "virginislands"}


def fold(text):
    """As `domain::unicode::fold` does."""
    letters = unicodedata.normalize("NFKD", text).lower()
    return "".join(SPECIAL.get(c, c if unicodedata.category(c)[0] in "LN" else "") for c in letters)


def npm(folder, package):
    with tarfile.open(folder / f"{package}-{CLDR}.tgz") as tar:
        return {
            member.name.removeprefix("package/"): json.load(tar.extractfile(member))
            for member in tar.getmembers()
            if member.name.endswith(("territoryInfo.json", "territories.json"))
        }


def main(folder):
    assert version("pycountry") == PYCOUNTRY, f"pycountry {PYCOUNTRY} is wanted"
    info = npm(folder, "cldr-core")["supplemental/territoryInfo.json"]["supplemental"]["territoryInfo"]
    localised = {
        path.split("/")[1]: content["main"][path.split("/")[1]]["localeDisplayNames"]["territories"]
        for path, content in npm(folder, "cldr-localenames-full").items()
    }
    countries = [line.split("\t")[0] for line in (HERE / "rules.tsv").read_text(encoding="utf-8").splitlines()]
    codes = {country: list(FURTHER_CODES.get(country, [])) for country in countries}
    names = {country: [] for country in countries}
    for country in countries:
        iso = pycountry.countries.get(alpha_2=country)
        if iso:
            codes[country].insert(0, iso.alpha_3)
            names[country] += [getattr(iso, kind) for kind in ("name", "common_name", "official_name") if hasattr(iso, kind)]
        spoken = info.get(country, {}).get("languagePopulation", {})
        own = [language.replace("_", "-") for language, about in spoken.items() if about.get("_officialStatus") in OFFICIAL]
        for language in ["en", *sorted(own)]:
            of_language = localised.get(language, {})
            names[country] += [of_language[key] for key in (country, f"{country}-alt-variant") if key in of_language]
        names[country] += FURTHER_NAMES.get(country, [])

    meant = {}
    for country in countries:
        for text in [*names[country], *codes[country], country]:
            meant.setdefault(fold(text), set()).add(country)
    lines = []
    for country in countries:
        known = {fold(code) for code in [country, *codes[country]]}
        spelt = {}
        for name in names[country]:
            if fold(name) not in known | AMBIGUOUS and meant[fold(name)] == {country}:
                spelt.setdefault(fold(name), name)
        assert not any(mark in text for text in [*codes[country], *spelt.values()] for mark in ";\t\n")
        lines.append("\t".join([country, ";".join(codes[country]), ";".join(spelt.values())]))
    (HERE / "country-names.tsv").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    print({text: where for text, where in meant.items() if len(where) > 1})


main(Path(sys.argv[1]))
