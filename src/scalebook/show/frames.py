"""The bundled tables as data frames."""

from typing import TYPE_CHECKING

from scalinglaws import datapackage

if TYPE_CHECKING:  # pandas takes half a second to import
    import pandas as pd

_DTYPES = {"string": "str", "number": "float64", "integer": "int64"}


def load(name: str) -> "pd.DataFrame":
    """Return a bundled table.

    Text columns hold empty strings and number columns NaN where a cell is empty.

    Parameters
    ----------
    name : str
        One of `datapackage.table_names()`.

    Returns
    -------
    pandas.DataFrame
        A copy: changing it changes nothing for others.

    Raises
    ------
    ScalingLawsError
        If there is no such table; the message names the nearest.
    """
    import pandas as pd

    types = datapackage.types(name)
    table = pd.DataFrame(datapackage.rows(name), columns=list(types))
    return table.astype({column: _DTYPES[kind] for column, kind in types.items()})
