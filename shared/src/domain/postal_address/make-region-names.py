#!/usr/bin/env python3
"""Writes region-names.tsv: what else the regions of rules.tsv are called and coded, in ISO 3166-2 and by other shop platforms.

    pip download --no-deps --no-binary :none: -d pycountry-VERSION pycountry==VERSION     (for each of PYCOUNTRY)
    npm pack cldr-core@48.2.0 cldr-subdivisions-full@48.2.0
    python3 make-region-names.py FOLDER-OF-THESE

Three sources:

- ISO 3166-2 as it was in 2013, 2015 and in each year since 2017: the lists of Debian's iso-codes in the Python package pycountry.
  Codes that ISO has replaced are in the older ones, and those that rules.tsv does not have yet in the newer.
- Unicode CLDR 48.2: the aliases of subdivisions (cldr-core), and their English names (cldr-subdivisions-full).
- PLATFORMS below: codes of shop platforms that neither source has, each platform's with its own source.

One line for each region, by country. The columns, separated by tabs:

    1. the country: its code of ISO 3166-1
    2. the region, as rules.tsv has it first
    3. other codes, separated by semicolons
    4. other names, separated by semicolons

A code or name that could mean two regions of its country is left out, and the codes of rules.tsv come first: ISO has given some
numbers of Iran's to other provinces.
"""

import io
import json
import re
import sys
import tarfile
import unicodedata
import zipfile
from pathlib import Path
from xml.etree import ElementTree

PYCOUNTRY = ["1.2", "1.20", "17.9.23", "18.12.8", "20.7.3", "22.3.5", "23.12.11", "26.2.16"]
CLDR = "48.2.0"

# Country, region as rules.tsv or ISO 3166-2 has it, codes. A code that is the country's with ISO's behind it, with or without a
# hyphen (WooCommerce's JP13, TR34, EGALX and vn43, Shopify's KR-11), needs no line: the program reads it.
PLATFORMS = """
# WooCommerce: plugins/woocommerce/i18n/states.php of github.com/woocommerce/woocommerce at 018ce13b.
CN 53 CN1 | CN 11 CN2 | CN 12 CN3 | CN 13 CN4 | CN 14 CN5 | CN 15 CN6 | CN 21 CN7 | CN 22 CN8 | CN 23 CN9 | CN 31 CN10
CN 32 CN11 | CN 33 CN12 | CN 34 CN13 | CN 35 CN14 | CN 36 CN15 | CN 37 CN16 | CN 41 CN17 | CN 42 CN18 | CN 43 CN19 | CN 44 CN20
CN 45 CN21 | CN 46 CN22 | CN 50 CN23 | CN 51 CN24 | CN 52 CN25 | CN 61 CN26 | CN 62 CN27 | CN 63 CN28 | CN 64 CN29 | CN 92 CN30
CN 54 CN31 | CN 65 CN32
IR 06 KHZ | IR 23 THR | IR 16 ILM | IR 18 BHR | IR 24 ADL | IR 10 ESF | IR 21 YZD | IR 05 KRH | IR 08 KRN | IR 13 HDN
IR 26 GZN | IR 19 ZJN | IR 15 LRS | IR 30 ABZ | IR 03 EAZ | IR 04 WAZ | IR 14 CHB | IR 29 SKH | IR 09 RKH | IR 28 NKH
IR 20 SMN | IR 07 FRS | IR 25 QHM | IR 12 KRD | IR 17 KBD | IR 27 GLS | IR 01 GIL | IR 02 MZN | IR 00 MKZ | IR 22 HRZ
IR 11 SBN
MX CMX DF | MX JAL JA | MX NLE NL | MX AGU AG | MX BCN BC | MX BCS BS | MX CAM CM | MX CHP CS | MX CHH CH | MX COA CO
MX COL CL | MX DUR DG | MX GUA GT | MX GRO GR | MX HID HG | MX MEX MX | MX MIC MI | MX MOR MO | MX NAY NA | MX OAX OA
MX PUE PU | MX QUE QT | MX ROO QR | MX SLP SL | MX SIN SI | MX SON SO | MX TAB TB | MX TAM TM | MX TLA TL | MX VER VE
MX YUC YU | MX ZAC ZA
MY 01 JHR | MY 02 KDH | MY 03 KTN | MY 15 LBN | MY 04 MLK | MY 05 NSN | MY 06 PHG | MY 07 PNG | MY 08 PRK | MY 09 PLS
MY 12 SBH | MY 13 SWK | MY 10 SGR | MY 11 TRG | MY 16 PJY | MY 14 KUL
PH DVO DAC | PH SIG SIQ
UA 05 VN | UA 07 VL | UA 12 DP | UA 14 DT | UA 18 ZT | UA 21 ZK | UA 23 ZP | UA 26 IF | UA 32 KV | UA 35 KH
UA 09 LH | UA 46 LV | UA 48 MY | UA 51 OD | UA 53 PL | UA 56 RV | UA 59 SM | UA 61 TP | UA 63 KK | UA 65 KS
UA 68 KM | UA 71 CK | UA 74 CH | UA 77 CV
# Shopify: db/data/regions/*.yml of github.com/Shopify/worldwide at 02eb4e7a (MX), 60f146f1 (CN, MY), 5740023b (IN), 1d20ce69 (HK), 197840fe (PH).
CN 15 NM | CN 45 GX | CN 64 NX | CN 65 XJ | CN 54 YZ
HK =Hong_Kong_Island HK | HK =Kowloon KL | HK =New_Territories NT
IN DH DN | IN DH DD
MX AGU AGS | MX CAM CAMP | MX CHP CHIS | MX CHH CHIH | MX COA COAH | MX DUR DGO | MX GUA GTO | MX HID HGO | MX MIC MICH
MX QUE QRO | MX ROO Q_ROO | MX TAM TAMPS | MX TLA TLAX
PH 00 NCR
# ISO 3166-2, where neither package says what has become of a code: its newsletters of 2010 to 2024.
CN 91 HK | CN 92 MO
CA NL NF
ID PA IJ
IT SU CI | IT SU VS | IT NU OG | IT SS OT
MX CMX DIF
TW NWT TPQ
"""

# Names that no package has yet: those of South Korea's provinces since 2023 and 2024, and what a list would rather spell out.
NAMES = {
    ("KR", "42"): ["강원특별자치도", "Gangwon State"],
    ("KR", "45"): ["전북특별자치도", "Jeonbuk State", "Jeonbuk"],
    ("KR", "48"): ["Gyeongnam"],
    ("KR", "47"): ["Gyeongbuk"],
    ("KR", "46"): ["Jeonnam"],
    ("KR", "44"): ["Chungnam"],
    ("KR", "43"): ["Chungbuk"],
    ("HK", "Hong Kong Island"): ["Hong Kong"],
    ("IN", "DH"): ["Dadra and Nagar Haveli", "Daman and Diu"],
    ("IN", "OR"): ["Orissa"],
    ("IN", "PY"): ["Pondicherry"],
    ("MX", "CMX"): ["Distrito Federal", "Mexico City"],
    ("MX", "MEX"): ["México"],
    ("MX", "MIC"): ["Michoacán de Ocampo"],
    ("MX", "QUE"): ["Querétaro de Arteaga"],
    ("MX", "VER"): ["Veracruz de Ignacio de la Llave"],
    ("PE", "LMA"): ["Lima"],
    ("VE", "A"): ["Distrito Capital"],
    ("VE", "X"): ["La Guaira"],
    ("ES", "VI"): ["Araba/Álava", "Alava"],
    ("ES", "BI"): ["Biscay"],
    ("ES", "PM"): ["Baleares", "Illes Balears", "Islas Baleares"],
}

HERE = Path(__file__).parent
SPECIAL = {"ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ł": "l", "ŧ": "t", "þ": "th"}
GENERIC = re.compile(
    r"\b(province|provincia|prefecture|county|governorate|district|state|region|emirate|sheng|shi|zizhiqu|oblast'?|kray|okrug|city"
    r"|of|de|del|do|da|special|autonomous|municipality|metropolitan|gwang'?yeoksi|teu[gk]byeolsi|jachido|si|do)\b"
)


def fold(text):
    """As `domain::unicode::fold` does."""
    letters = unicodedata.normalize("NFKD", text).lower()
    return "".join(SPECIAL.get(c, c if unicodedata.category(c)[0] in "LN" else "") for c in letters)


def bare(name):
    """A name without the word for what kind of region it is, to find the same region in two lists."""
    plain = unicodedata.normalize("NFKD", re.sub(r"\(.*?\)|\[.*?\]", "", name)).lower()
    return fold(GENERIC.sub("", plain)) or fold(name)


def spellings(name):
    return {bare(part) for part in [name, *re.split(r"[/;]|, ", name)]} - {""}


def is_code(text):
    """As `region::is_code` does."""
    return re.fullmatch(r"[A-Z0-9]{1,4}", text) is not None


def regions():
    """By country, by the region's first text: all that rules.tsv calls it."""
    found = {}
    for line in (HERE / "rules.tsv").read_text(encoding="utf-8").splitlines():
        country, *_, listed = line.split("\t")
        for region in filter(None, listed.split("~")):
            key, _, *names = region.split(";")
            found.setdefault(country, {})[key] = [key, *names]
    return found


def archive(path):
    if path.suffix == ".gz":
        with tarfile.open(path) as tar:
            return {member.name: tar.extractfile(member).read() for member in tar.getmembers() if "3166" in member.name and member.isfile()}
    with zipfile.ZipFile(path) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist() if "3166" in name}


def iso(folder):
    """Code and name of every subdivision, of every year."""
    for version in PYCOUNTRY:
        (path,) = (folder / f"pycountry-{version}").iterdir()
        for name, content in archive(path).items():
            if name.endswith("databases/iso3166-2.json"):
                yield from ((entry["code"], entry["name"]) for entry in json.loads(content)["3166-2"])
            elif name.endswith("databases/iso3166_2.xml"):
                entries = ElementTree.parse(io.BytesIO(content)).iter("iso_3166_2_entry")
                yield from ((entry.get("code"), entry.get("name")) for entry in entries)


def npm(folder, package, file):
    with tarfile.open(folder / f"{package}-{CLDR}.tgz") as tar:
        return json.load(tar.extractfile(f"package/{file}"))


def main(folder):
    listed = regions()
    codes = {country: {} for country in listed}
    names = {country: {} for country in listed}
    by_bare = {country: {} for country in listed}
    for country, of_country in listed.items():
        for key, texts in of_country.items():
            for text in texts:
                (codes if is_code(text) else names)[country].setdefault(text if is_code(text) else fold(text), set()).add(key)
                by_bare[country].setdefault(bare(text), set()).add(key)
    own = {country: set(of_country) for country, of_country in codes.items()}

    def region(country, code):
        (key,) = codes[country].get(code) or names[country][fold(code)]
        return key

    def add_code(country, code, key):
        if code not in own[country]:
            codes[country].setdefault(code, set()).add(key)

    added = {}

    def add_name(country, name, key):
        if fold(name) not in names[country] or key in added.get((country, name), ()):
            added.setdefault((country, name), set()).add(key)

    for code, name in sorted(set(iso(folder))):
        country, local = code.split("-", 1)
        if country in listed:
            keys = set().union(*(by_bare[country].get(spelling, set()) for spelling in spellings(name)))
            if len(keys) == 1:
                add_code(country, local, *keys)
                for part in re.split(r"\s*[/;]\s*", re.sub(r"\s*[\(\[].*", "", name)):
                    add_name(country, part, *keys)
    aliases = npm(folder, "cldr-core", "supplemental/aliases.json")["supplemental"]["metadata"]["alias"]["subdivisionAlias"]
    for old, alias in aliases.items():
        country, new = old[:2].upper(), alias["_replacement"][2:].upper()
        for one, other in [(old[2:].upper(), new), (new, old[2:].upper())]:
            if country in listed and len(alias["_replacement"]) > 2 and " " not in alias["_replacement"] and other in own[country]:
                add_code(country, one, *codes[country][other])
    for entry in PLATFORMS.splitlines():
        for triple in filter(None, (part.strip() for part in entry.split("|"))):
            if not triple.startswith("#"):
                country, of_region, code = (text.lstrip("=").replace("_", " ") for text in triple.split())
                assert code not in own[country] or region(country, of_region) in codes[country][code], triple
                codes[country][code] = {region(country, of_region)}
    english = npm(folder, "cldr-subdivisions-full", "subdivisions/en/en.json")
    for code, name in english["subdivisions"]["localeDisplayNames"]["subdivisions"].items():
        country, local = code[:2].upper(), code[2:].upper()
        if country in listed and len(codes[country].get(local, ())) == 1:
            add_name(country, name, *codes[country][local])
    for (country, code), more in NAMES.items():
        for name in more:
            add_name(country, name, region(country, code))

    lines = []
    for country, of_country in sorted(listed.items()):
        meant = {}
        for (where, name), keys in added.items():
            if where == country:
                meant.setdefault(fold(name), set()).update(keys)
        for key in of_country:
            more_codes = sorted(code for code, keys in codes[country].items() if keys == {key} and code not in own[country])
            spelt = {fold(name): name for (where, name), keys in sorted(added.items()) if where == country and meant[fold(name)] == {key}}
            if more_codes or spelt:
                assert not any(mark in text for text in [*more_codes, *spelt.values()] for mark in ";\t\n")
                lines.append("\t".join([country, key, ";".join(more_codes), ";".join(spelt[folded] for folded in sorted(spelt))]))
    (HERE / "region-names.tsv").write_text("".join(line + "\n" for line in lines), encoding="utf-8")


main(Path(sys.argv[1]))
