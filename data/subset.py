#!/usr/bin/env python3
"""Makes data/service-tags.json and data/known-tags.txt from Microsoft's ServiceTags_Public file.

usage: python3 data/subset.py ServiceTags_Public_20250127.json [--all]

With --all every tag is kept (2.1 MB instead of 0.9 MB). Nothing else is needed: standard library only.
"""

import json
import pathlib
import re
import sys

SERVICES = """
    ApiManagement AppService AzureActiveDirectory AzureBackup AzureCloud AzureContainerRegistry AzureCosmosDB
    AzureDatabricks AzureDataLake AzureFrontDoor AzureKeyVault AzureMonitor AzureResourceManager AzureSiteRecovery
    AzureTrafficManager BatchNodeManagement DataFactory DataFactoryManagement EventHub GatewayManager HDInsight
    LogicApps MicrosoftContainerRegistry ServiceBus Sql Storage
""".split()

# Twelve regions and the pairs of those that lie outside the twelve.
REGIONS = """
    westeurope northeurope eastus eastus2 westus uksouth centralus ukwest westus2 francecentral germanywestcentral
    canadacentral westcentralus francesouth germanynorth canadaeast
""".split()

# Names by which some tags, and `properties.region`, call those regions.
IRREGULAR = {
    "centralfrance": "francecentral",
    "southfrance": "francesouth",
    "germanywc": "germanywestcentral",
    "germanyn": "germanynorth",
}


def is_kept(tag):
    service, _, suffix = tag["name"].partition(".")
    if service not in SERVICES:
        return False
    # A dotted name without a region is a part of a service: AzureFrontDoor.Backend.
    if not suffix or not tag["properties"]["region"]:
        return True
    return IRREGULAR.get(suffix.lower(), suffix.lower()) in REGIONS


def shortened(tag):
    properties = tag["properties"]
    kept = {key: properties[key] for key in ("region", "systemService", "addressPrefixes")}
    return {"name": tag["name"], "properties": kept}


def main():
    path = pathlib.Path(sys.argv[1])
    whole = "--all" in sys.argv[2:]
    year, month, day = re.search(r"(\d{4})(\d\d)(\d\d)", path.name).groups()
    published = json.loads(path.read_text(encoding="utf-8-sig"))
    tags = sorted(published["values"], key=lambda tag: tag["name"].lower())
    head = {
        "changeNumber": published["changeNumber"],
        "cloud": published["cloud"],
        "published": f"{year}-{month}-{day}",
        "subset": not whole,
    }
    compact = lambda value: json.dumps(value, separators=(",", ":"))
    lines = ",\n".join(compact(shortened(tag)) for tag in tags if whole or is_kept(tag))
    here = pathlib.Path(__file__).parent
    (here / "service-tags.json").write_text(compact(head)[:-1] + ',"values":[\n' + lines + "\n]}\n")
    (here / "known-tags.txt").write_text("".join(tag["name"] + "\n" for tag in tags))


if __name__ == "__main__":
    main()
