#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/harness/debug_info/entries.hpp>
#include <heddle/harness/debug_info/members.hpp>
#include <heddle/harness/source_line.hpp>

namespace heddle::harness::debug_info {

namespace {

// Whether objects of the class hold anything; empty classes have size 1 yet may share their byte with another
// member.
bool holds_data(Dwarf_Die type) {
  if (!is_class(type) || has(type, DW_AT_declaration)) return true;
  bool found = false;
  for_each_child(type, [&](Dwarf_Die& child) {
    const int tag = dwarf_tag(&child);
    if (tag == DW_TAG_member) found = !has(child, DW_AT_external) && !has(child, DW_AT_declaration);
    if (tag == DW_TAG_inheritance) {
      const std::optional<Dwarf_Die> base = type_of(child);
      found = base && holds_data(*base);
    }
    return !found;
  });
  return found;
}

bool has_fixed_place(Dwarf_Die part) {
  for (unsigned obstacle : {DW_AT_external, DW_AT_declaration, DW_AT_bit_size, DW_AT_virtuality})
    if (has(part, obstacle)) return false;
  return number(part, DW_AT_data_member_location) || !has(part, DW_AT_data_member_location);
}

struct part {
  type_entry content;
  Dwarf_Word start = 0;   // bytes from the start of the class
  std::string_view name;  // empty for base classes and anonymous unions
};

// Members (tag DW_TAG_member) or base classes (DW_TAG_inheritance) of a class, in the order of their
// declaration.
std::vector<part> parts_of(type_entry type, int tag) {
  std::vector<part> result;
  for_each_child(type.die, [&](Dwarf_Die& child) {
    if (dwarf_tag(&child) != tag || !has_fixed_place(child)) return true;
    const std::optional<Dwarf_Die> content = type_of(child);
    if (!content || !holds_data(*content)) return true;
    const char* name = tag == DW_TAG_member ? dwarf_diename(&child) : nullptr;
    result.push_back({.content = completed({*content, type.where, type.in}),
                      .start = number(child, DW_AT_data_member_location).value_or(0),
                      .name = name != nullptr ? name : ""});
    return true;
  });
  return result;
}

// The first part that covers the offset; else the last that starts before it, if nobody knows where that one
// ends (a flexible array, a class whose library has no debug information).
std::optional<part> part_at(const std::vector<part>& parts, Dwarf_Word offset) {
  const part* last = nullptr;
  for (const part& candidate : parts) {
    if (candidate.start > offset) continue;
    const std::optional<Dwarf_Word> size = size_of(candidate.content.die);
    if (size && offset - candidate.start < *size) return candidate;
    if (last == nullptr || candidate.start >= last->start) last = &candidate;
  }
  return last != nullptr && !size_of(last->content.die) ? std::optional(*last) : std::nullopt;
}

std::string element_path(type_entry array, Dwarf_Word offset, std::string path) {
  const std::optional<Dwarf_Die> content = type_of(array.die);
  if (!content) return path;
  const type_entry element = completed({*content, array.where, array.in});
  const Dwarf_Word size = size_of(element.die).value_or(0);
  if (size == 0) return path;

  std::vector<Dwarf_Word> extents;
  for_each_child(array.die, [&](Dwarf_Die& child) {
    const std::optional<Dwarf_Word> count = number(child, DW_AT_count);
    const std::optional<Dwarf_Word> last = number(child, DW_AT_upper_bound);
    if (dwarf_tag(&child) == DW_TAG_subrange_type) extents.push_back(count.value_or(last ? *last + 1 : 0));
    return true;
  });
  std::string indices;
  Dwarf_Word index = offset / size;
  for (std::size_t i = extents.size(); i-- > 0;) {
    const bool outermost = i == 0 || extents[i] == 0;
    indices.insert(0, "[" + std::to_string(outermost ? index : index % extents[i]) + "]");
    if (outermost) break;
    index /= extents[i];
  }
  return member_path(element, offset % size, path + indices);
}

}  // namespace

std::string member_path(type_entry type, Dwarf_Word offset, std::string path) {
  if (dwarf_tag(&type.die) == DW_TAG_array_type) return element_path(type, offset, std::move(path));
  if (!is_class(type.die)) return path;
  const std::string name = type.in->path_of(type.die);
  const bool standard_array = name == "std::array";
  const bool leaf = name.starts_with("std::") || name.starts_with("__gnu_cxx::");
  if (leaf && !standard_array && name != "std::pair") return path;

  // Members first: they may lie in a base's tail padding.
  std::optional<part> inner = part_at(parts_of(type, DW_TAG_member), offset);
  if (!inner) inner = part_at(parts_of(type, DW_TAG_inheritance), offset);
  // Padding, or the inside of a type of the C library.
  if (!inner || inner->name.starts_with("__")) return path;
  // The compilers append the class in different ways.
  if (inner->name.starts_with("_vptr")) inner->name = "_vptr";
  if (!inner->name.empty() && !standard_array) path += (path.empty() ? "" : ".") + std::string(inner->name);
  return member_path(inner->content, offset - inner->start, std::move(path));
}

std::string name_member(type_finder& types, const std::type_info& type, std::size_t offset) {
  const std::vector<type_entry>& candidates = types.definitions(type);
  const std::string file = candidates.size() > 1 ? types.file_defining(type) : "";
  std::vector<std::string> answers;
  std::vector<std::string> answers_of_file;
  for (const type_entry& candidate : candidates) {
    const type_entry whole = completed(candidate);
    answers.push_back(offset < size_of(whole.die).value_or(0) ? member_path(whole, offset, "") : "");
    Dwarf_Die root = candidate.where->root;
    const char* source = dwarf_diename(&root);
    if (source != nullptr && short_path(source) == file) answers_of_file.push_back(answers.back());
  }
  for (const auto& unanimous : {answers, answers_of_file}) {
    const bool agree =
        std::adjacent_find(unanimous.begin(), unanimous.end(), std::not_equal_to<>()) == unanimous.end();
    if (!unanimous.empty() && agree) return unanimous.front();
  }
  return {};
}

}  // namespace heddle::harness::debug_info
