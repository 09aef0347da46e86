#include <array>
#include <cstdio>
#include <optional>

#include <heddle/harness/debug_info/entries.hpp>
#include <heddle/harness/debug_info/lines.hpp>
#include <heddle/harness/debug_info/names.hpp>

namespace heddle::harness::debug_info {

namespace {

std::string hexadecimal(Dwarf_Addr value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
  return text.data();
}

// The file of a line-table or call entry, absolute where the unit says in which directory it was compiled.
std::string absolute_file(Dwarf_Die root, const char* file) {
  if (file == nullptr) return {};
  const char* directory = text_of(root, DW_AT_comp_dir);
  if (file[0] == '/' || directory == nullptr) return file;
  return std::string(directory) + '/' + file;
}

std::string call_file(Dwarf_Die root, Dwarf_Die inlined) {
  Dwarf_Files* files = nullptr;
  std::size_t count = 0;
  const std::optional<Dwarf_Word> index = number(inlined, DW_AT_call_file);
  if (!index || dwarf_getsrcfiles(&root, &files, &count) != 0 || *index >= count) return {};
  return absolute_file(root, dwarf_filesrc(files, *index, nullptr, nullptr));
}

// Sets file and line from the line table. Where the compiler gave an instruction no line (0), the nearest
// earlier one.
void read_line_table(Dwarf_Die root, Dwarf_Addr address, source_line& where) {
  Dwarf_Lines* lines = nullptr;
  std::size_t count = 0;
  if (dwarf_getsrclines(&root, &lines, &count) != 0) return;
  const auto address_at = [&](std::size_t index) {
    Dwarf_Addr value = 0;
    dwarf_lineaddr(dwarf_onesrcline(lines, index), &value);
    return value;
  };
  std::size_t low = 0;
  for (std::size_t high = count; low < high;) {
    const std::size_t middle = low + (high - low) / 2;
    if (address_at(middle) <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  for (; low > 0; --low) {
    Dwarf_Line* line = dwarf_onesrcline(lines, low - 1);
    bool ends_sequence = false;
    dwarf_lineendsequence(line, &ends_sequence);
    if (ends_sequence) return;
    dwarf_lineno(line, &where.line);
    where.file = absolute_file(root, dwarf_linesrc(line, nullptr, nullptr));
    if (where.line != 0) return;
  }
}

// The function and the calls inlined in it at the address, outermost first.
std::vector<Dwarf_Die> inlining_chain(Dwarf_Die function, Dwarf_Addr address) {
  std::vector<Dwarf_Die> chain = {function};
  std::optional<Dwarf_Die> inside = function;
  while (inside) {
    const Dwarf_Die current = *inside;
    inside.reset();
    for_each_child(current, [&](Dwarf_Die& child) {
      const int tag = dwarf_tag(&child);
      if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block) return true;
      if (dwarf_haspc(&child, address) != 1) return true;
      if (tag == DW_TAG_inlined_subroutine) chain.push_back(child);
      inside = child;
      return false;
    });
  }
  return chain;
}

source_line without_debug_information(const module* in, Dwarf_Addr address) {
  if (in == nullptr) return {.function = "(unknown code)", .file = {}, .line = 0};
  if (const char* symbol = in->symbol_at(address, STT_FUNC))
    return {.function = plain_path(demangle(symbol)), .file = {}, .line = 0};
  Dwarf_Addr start = 0;
  dwfl_module_info(in->handle, nullptr, &start, nullptr, nullptr, nullptr, nullptr, nullptr);
  return {.function = in->file_name + "+" + hexadecimal(address - start), .file = {}, .line = 0};
}

}  // namespace

std::vector<source_line> lines_at(loaded_modules& modules, Dwarf_Addr address) {
  module* in = modules.at(address);
  const Dwarf_Addr unbiased = in != nullptr ? address - in->bias : 0;
  const auto* range = in != nullptr ? covering(in->code, unbiased) : nullptr;
  if (range == nullptr) return {without_debug_information(in, address)};

  unit& where = *range->payload;
  where.scan();
  std::vector<source_line> result;
  const auto* function = covering(where.functions, unbiased);
  if (function == nullptr) {
    result.push_back(without_debug_information(in, address));
    read_line_table(where.root, unbiased, result.back());
    return result;
  }
  source_line line;
  read_line_table(where.root, unbiased, line);
  const std::vector<Dwarf_Die> chain = inlining_chain(function->payload, unbiased);
  for (auto call = chain.rbegin(); call != chain.rend(); ++call) {
    line.function = in->path_of(*call);
    if (line.function.empty()) line.function = without_debug_information(in, address).function;
    result.push_back(line);
    line.file = call_file(where.root, *call);
    line.line = static_cast<int>(number(*call, DW_AT_call_line).value_or(0));
  }
  return result;
}

}  // namespace heddle::harness::debug_info
