// Which lines of source an instruction stands for.
//
// Source: DWARF 5 standard, sections 3.3.8 (inlined subroutines) and 6.2 (line table).
#pragma once

#include <vector>

#include <heddle/harness/debug_info/modules.hpp>
#include <heddle/harness/source_line.hpp>

namespace heddle::harness::debug_info {

/// The calls inlined at the address, innermost first; at least one. Without debug information: the linker's
/// symbol, else module+0xoffset.
std::vector<source_line> lines_at(loaded_modules& modules, Dwarf_Addr address);

}  // namespace heddle::harness::debug_info
