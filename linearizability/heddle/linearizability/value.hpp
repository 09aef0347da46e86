// A small tree of plain data: how arguments, results and model states are printed, stored in case files and compared
// across builds. Any aggregate, container, optional, variant, enum, duration or string converts by itself.
#pragma once
