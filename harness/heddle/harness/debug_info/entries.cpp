#include <heddle/harness/debug_info/entries.hpp>

namespace heddle::harness::debug_info {

std::optional<Dwarf_Die> referenced(Dwarf_Die die, unsigned attribute_name) {
  Dwarf_Attribute attribute;
  Dwarf_Die target;
  if (dwarf_attr(&die, attribute_name, &attribute) == nullptr) return std::nullopt;
  if (dwarf_formref_die(&attribute, &target) == nullptr) return std::nullopt;
  return target;
}

std::optional<Dwarf_Word> number(Dwarf_Die die, unsigned attribute_name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_attr_integrate(&die, attribute_name, &attribute) == nullptr) return std::nullopt;
  if (dwarf_formudata(&attribute, &value) != 0) return std::nullopt;
  return value;
}

bool has(Dwarf_Die die, unsigned attribute_name) {
  return dwarf_hasattr(&die, attribute_name) != 0;
}

const char* text_of(Dwarf_Die die, unsigned attribute_name) {
  Dwarf_Attribute attribute;
  if (dwarf_attr_integrate(&die, attribute_name, &attribute) == nullptr) return nullptr;
  return dwarf_formstring(&attribute);
}

Dwarf_Die declaration_of(Dwarf_Die die) {
  for (int steps = 0; steps < 8; ++steps) {
    std::optional<Dwarf_Die> next = referenced(die, DW_AT_abstract_origin);
    if (!next) next = referenced(die, DW_AT_specification);
    if (!next) return die;
    die = *next;
  }
  return die;
}

std::optional<Dwarf_Die> type_of(Dwarf_Die die) {
  Dwarf_Attribute attribute;
  Dwarf_Die type;
  if (dwarf_attr_integrate(&die, DW_AT_type, &attribute) == nullptr) return std::nullopt;
  if (dwarf_formref_die(&attribute, &type) == nullptr) return std::nullopt;
  Dwarf_Die peeled;
  return dwarf_peel_type(&type, &peeled) == 0 ? std::optional(peeled) : std::nullopt;
}

std::optional<Dwarf_Word> size_of(Dwarf_Die type) {
  Dwarf_Word size = 0;
  return dwarf_aggregate_size(&type, &size) == 0 ? std::optional(size) : std::nullopt;
}

bool is_class(Dwarf_Die die) {
  const int tag = dwarf_tag(&die);
  return tag == DW_TAG_class_type || tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

std::optional<Dwarf_Addr> fixed_address(Dwarf_Die variable) {
  Dwarf_Attribute attribute;
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  if (dwarf_attr(&variable, DW_AT_location, &attribute) == nullptr) return std::nullopt;
  if (dwarf_getlocation(&attribute, &operations, &count) != 0 || count != 1) return std::nullopt;
  if (operations[0].atom == DW_OP_addr) return operations[0].number;
  if (operations[0].atom != DW_OP_addrx && operations[0].atom != DW_OP_GNU_addr_index) return std::nullopt;
  Dwarf_Attribute resolved;
  Dwarf_Addr address = 0;
  if (dwarf_getlocation_attr(&attribute, operations, &resolved) != 0) return std::nullopt;
  if (dwarf_formaddr(&resolved, &address) != 0) return std::nullopt;
  return address;
}

}  // namespace heddle::harness::debug_info
