"""The filter register: what the school had blocked or allowed, why, and the lists that go into the filter. Policy §7.3.

An entry is one line of Smoothwall's "Custom blocked content" or "Custom allowed content": a site or a page, without
scheme, www. or *. A site covers all that is below its name, a page all that is below its path, on any part of the site
(kb.smoothwall.com: "Smoothwall Content Categorisation"). DfE filtering standards: record what is blocked or allowed
and why.
"""

import csv
import enum
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from bot.errors import BadInput, Conflict
from bot.rules.addresses import Address, clip, is_public_suffix
from bot.rules.addresses import read as read_address
from bot.rules.platforms import PLATFORMS, TRACKING
