"""How training runs are read from tables as their authors store them.

A file is read row by row, and what is wrong with it is said in terms of its rows and columns. Only
numbers and names are kept, so that a file of millions of runs takes little more memory than those.
"""

from scalinglaws.reading.columns import LABELS as LABELS
from scalinglaws.reading.columns import MEANING as MEANING
from scalinglaws.reading.formats import MOST_RUNS as MOST_RUNS
from scalinglaws.reading.reader import Header as Header
from scalinglaws.reading.reader import Reading as Reading
from scalinglaws.reading.reader import read as read
from scalinglaws.reading.reader import read_bundled as read_bundled
from scalinglaws.reading.reader import read_runs as read_runs
from scalinglaws.reading.selection import Choices as Choices
from scalinglaws.reading.sources import NATS as NATS
from scalinglaws.reading.sources import RUN_TABLES as RUN_TABLES
from scalinglaws.reading.sources import SUITES as SUITES
from scalinglaws.reading.sources import bundled_names as bundled_names
from scalinglaws.reading.sources import shown_name as shown_name
