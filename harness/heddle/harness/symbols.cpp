// Layout: names as text (demangling, stripping, comparing), DIE helpers, unit (one scan), module (one ELF
// file), then the four questions. A DIE is DWARF's debugging information entry, a node of a unit's tree.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <link.h>

#include <heddle/harness/symbols.hpp>

namespace heddle::harness {
namespace {

// ---- Names as text ----

constexpr std::string_view lambda_name = "{lambda}";

std::string demangle(const char* mangled) {
  int status = 0;
  char* text = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
  std::string result = text != nullptr ? text : mangled;
  std::free(text);
  return result;
}

// Length of "operator<<" and the like at the start of `name`, so that its '<' or '(' opens no argument list;
// 0 if none.
std::size_t operator_length(std::string_view name) {
  constexpr std::string_view keyword = "operator";
  if (!name.starts_with(keyword)) return 0;
  for (std::string_view symbol : {"<=>", "<<=", ">>=", "->*", "<<", ">>", "<=", ">=", "->", "()", "<", ">"})
    if (name.substr(keyword.size()).starts_with(symbol)) return keyword.size() + symbol.size();
  return 0;
}

// Index just past the bracket that closes the one at `open`.
std::size_t past_closing(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (std::strchr("<({[", text[i]) != nullptr) ++depth;
    const bool arrow = text[i] == '>' && i > 0 && text[i - 1] == '-';
    if (std::strchr(">)}]", text[i]) != nullptr && !arrow && --depth == 0) return i + 1;
  }
  return text.size();
}

// "push" of "push<int>"; operators keep their symbol.
std::string_view without_template_arguments(std::string_view name) {
  const std::size_t open = name.find('<', operator_length(name));
  if (open == 0 || open == std::string_view::npos) return name;
  name = name.substr(0, open);
  while (name.ends_with(' ')) name.remove_suffix(1);
  return name;
}

void append_scope(std::string& path, std::string_view name) {
  if (name.empty() || (name == "operator()" && path.ends_with(lambda_name))) return;
  if (!path.empty()) path += "::";
  path += name;
}

// Cv- and ref-qualifiers and ABI tags that may follow a parameter list inside a demangled name.
std::size_t past_qualifiers(std::string_view text, std::size_t at) {
  for (bool again = true; again;) {
    again = false;
    for (std::string_view word : {" const", " volatile", " &&", " &", "[abi:cxx11]"}) {
      if (!text.substr(at).starts_with(word)) continue;
      at += word.size();
      again = true;
    }
  }
  return at;
}

// "demo::run::local" of "int demo::(anonymous namespace)::run<int>(long)::local": the form in which a
// demangled name is shown, and in which it is comparable with the scopes that DWARF nests.
std::string plain_path(std::string_view demangled) {
  std::string path;
  std::string part;
  for (std::size_t i = 0; i < demangled.size();) {
    const char c = demangled[i];
    const std::size_t symbol = part.empty() ? operator_length(demangled.substr(i)) : 0;
    if (symbol != 0) {
      part = demangled.substr(i, symbol);
      i += symbol;
    } else if (demangled.substr(i).starts_with("::")) {
      append_scope(path, part);
      part.clear();
      i += 2;
    } else if (c == '{') {
      part = demangled.substr(i).starts_with("{lambda") ? lambda_name
                                                        : demangled.substr(i, past_closing(demangled, i) - i);
      i = past_closing(demangled, i);
    } else if (c == '<' || c == '(' || c == '[') {
      i = past_qualifiers(demangled, past_closing(demangled, i));
    } else if (c == ' ' && !part.starts_with("operator")) {
      path.clear();  // what came before was a return type
      part.clear();
      ++i;
    } else {
      part += c;
      ++i;
    }
  }
  append_scope(path, part);
  return path;
}

// The words and numbers of a type's name in sorted order, without those that compilers and demangler place or
// spell differently ("char const*" and "const char *", "4ul" and "4", "unsigned long" and "long unsigned
// int").
std::string fingerprint(std::string_view name) {
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < name.size();) {
    const auto is_word = [&](std::size_t at) {
      return std::isalnum(static_cast<unsigned char>(name[at])) != 0 || name[at] == '_';
    };
    std::size_t end = i;
    while (end < name.size() && is_word(end)) ++end;
    std::string word(name.substr(i, end - i));
    if (end == i) {
      if (std::strchr("<*,-", name[i]) != nullptr) tokens.emplace_back(1, name[i]);
      ++i;
      continue;
    }
    i = end;
    if (std::isdigit(static_cast<unsigned char>(word[0])) != 0) word.erase(word.find_last_not_of("uUlL") + 1);
    constexpr std::array<std::string_view, 4> noise = {"int", "anonymous", "namespace", "unnamed"};
    if (std::find(noise.begin(), noise.end(), word) == noise.end()) tokens.push_back(std::move(word));
  }
  std::sort(tokens.begin(), tokens.end());
  std::string result;
  for (const std::string& token : tokens) result += token + ' ';
  return result;
}

// Whether a member function of this linkage name belongs to the class of this mangled type name (as type_info
// has it).
bool is_member_of(std::string_view linkage, std::string_view type) {
  if (type.starts_with('N') && type.ends_with('E')) type = type.substr(1, type.size() - 2);
  if (!linkage.starts_with("_ZN")) return false;
  linkage.remove_prefix(3);
  while (!linkage.empty() && std::strchr("rVKRO", linkage[0]) != nullptr) linkage.remove_prefix(1);
  return linkage.starts_with(type);
}

// ---- DIE helpers ----

template <class Visit>  // bool(Dwarf_Die&): true goes on
void for_each_child(Dwarf_Die parent, Visit visit) {
  Dwarf_Die child;
  if (dwarf_child(&parent, &child) != 0) return;
  do {
    if (!visit(child)) return;
  } while (dwarf_siblingof(&child, &child) == 0);
}

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

// The entry that carries the name: from a concrete or inlined instance to its declaration.
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

bool is_class(Dwarf_Die die) {
  const int tag = dwarf_tag(&die);
  return tag == DW_TAG_class_type || tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

// Calls visit(low, high) for each address range of a unit or function; ranges that the linker discarded start
// at 0.
template <class Visit>
void for_each_range(Dwarf_Die die, Visit visit) {
  Dwarf_Addr base = 0;
  Dwarf_Addr low = 0;
  Dwarf_Addr high = 0;
  for (std::ptrdiff_t at = 0; (at = dwarf_ranges(&die, at, &base, &low, &high)) > 0;)
    if (low != 0 && low < high) visit(low, high);
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

// ---- One unit ----

constexpr std::uint32_t no_scope = std::numeric_limits<std::uint32_t>::max();
constexpr Dwarf_Off until_parent_ends = std::numeric_limits<Dwarf_Off>::max();

struct scope {
  Dwarf_Off offset = 0;               // invariant: ascending within a unit
  Dwarf_Off end = until_parent_ends;  // offset of the next sibling
  std::uint32_t parent = no_scope;    // invariant: less than the own index
  Dwarf_Die die{};
};

template <class Payload>
struct addressed {
  Dwarf_Addr low = 0;
  Dwarf_Addr high = 0;
  Payload payload{};
};

template <class Payload>
void sort_by_address(std::vector<addressed<Payload>>& items) {
  std::stable_sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.low < b.low; });
}

template <class Payload>  // items sorted and disjoint
const addressed<Payload>* covering(const std::vector<addressed<Payload>>& items, Dwarf_Addr address) {
  auto after = std::upper_bound(items.begin(), items.end(), address,
                                [](Dwarf_Addr value, const auto& item) { return value < item.low; });
  if (after == items.begin() || address >= std::prev(after)->high) return nullptr;
  return &*std::prev(after);
}

struct unit {
  Dwarf_Die root{};
  bool scanned = false;
  std::vector<scope> scopes;  // namespaces, classes and functions that have contents
  std::vector<addressed<Dwarf_Die>> functions;
  std::vector<addressed<Dwarf_Die>> variables;

  void scan() {
    if (std::exchange(scanned, true)) return;
    scan_children(root, no_scope);
    sort_by_address(functions);
  }

  // Index of the innermost scope that contains the entry, or no_scope.
  [[nodiscard]] std::uint32_t enclosing(Dwarf_Off offset) const {
    auto after =
        std::partition_point(scopes.begin(), scopes.end(), [&](const scope& s) { return s.offset < offset; });
    if (after == scopes.begin()) return no_scope;
    auto result = static_cast<std::uint32_t>(std::distance(scopes.begin(), after) - 1);
    for (std::uint32_t i = result; i != no_scope; i = scopes[i].parent)
      if (scopes[i].end <= offset) result = scopes[i].parent;
    return result;
  }

 private:
  void scan_children(Dwarf_Die parent, std::uint32_t inside) {
    Dwarf_Die child;
    if (dwarf_child(&parent, &child) != 0) return;
    for (bool more = true; more;) {
      const std::uint32_t opened = scan_entry(child, inside);
      more = dwarf_siblingof(&child, &child) == 0;
      if (more && opened != no_scope) scopes[opened].end = dwarf_dieoffset(&child);
    }
  }

  std::uint32_t scan_entry(Dwarf_Die die, std::uint32_t inside) {
    switch (dwarf_tag(&die)) {
      case DW_TAG_subprogram:
        if (has(die, DW_AT_declaration)) return no_scope;
        for_each_range(die, [&](Dwarf_Addr low, Dwarf_Addr high) { functions.push_back({low, high, die}); });
        [[fallthrough]];
      case DW_TAG_namespace:
      case DW_TAG_class_type:
      case DW_TAG_structure_type:
      case DW_TAG_union_type: {
        if (dwarf_haschildren(&die) != 1) return no_scope;
        const auto index = static_cast<std::uint32_t>(scopes.size());
        scopes.push_back({.offset = dwarf_dieoffset(&die), .parent = inside, .die = die});
        scan_children(die, index);
        return index;
      }
      case DW_TAG_lexical_block:  // inlined calls hold nothing of their own: the function's abstract instance
                                  // does
        scan_children(die, inside);
        return no_scope;
      case DW_TAG_variable:
        scan_variable(die);
        return no_scope;
      default:
        return no_scope;
    }
  }

  void scan_variable(Dwarf_Die die) {
    const std::optional<Dwarf_Addr> address = fixed_address(die);
    if (!address || *address == 0) return;
    Dwarf_Word size = 0;
    const std::optional<Dwarf_Die> type = type_of(die);
    if (type) {
      Dwarf_Die measured = *type;
      if (dwarf_aggregate_size(&measured, &size) != 0) size = 0;
    }
    variables.push_back({*address, *address + std::max<Dwarf_Word>(size, 1), die});
  }
};

// ---- One ELF file ----

struct module {
  Dwfl_Module* handle = nullptr;
  std::string name;
  std::size_t position = 0;  // order in which the dynamic linker lists it; the executable is first
  bool read = false;
  Dwarf_Addr bias = 0;  // address in memory minus address in the debug information
  std::vector<std::unique_ptr<unit>> units;
  std::unordered_map<Dwarf_CU*, unit*> unit_of;
  std::vector<addressed<unit*>> code;
  std::optional<std::vector<addressed<Dwarf_Die>>> variables;

  void load() {
    if (std::exchange(read, true)) return;
    Dwarf* debug = dwfl_module_getdwarf(handle, &bias);
    if (debug == nullptr) return;
    Dwarf_CU* at = nullptr;
    Dwarf_Die root;
    Dwarf_Die split;
    std::uint8_t kind = 0;
    while (dwarf_get_units(debug, at, &at, nullptr, &kind, &root, &split) == 0) {
      auto entry = std::make_unique<unit>();
      entry->root = kind == DW_UT_skeleton && split.addr != nullptr ? split : root;
      unit_of[entry->root.cu] = entry.get();
      for_each_range(root, [&](Dwarf_Addr low, Dwarf_Addr high) {
        code.push_back({low, high, entry.get()});
      });
      units.push_back(std::move(entry));
    }
    sort_by_address(code);
  }

  const std::vector<addressed<Dwarf_Die>>& all_variables() {
    if (variables) return *variables;
    variables.emplace();
    for (const auto& entry : units) {
      entry->scan();
      variables->insert(variables->end(), entry->variables.begin(), entry->variables.end());
    }
    sort_by_address(*variables);
    return *variables;
  }
};

const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_linux_proc_find_elf,
    .find_debuginfo = dwfl_build_id_find_debuginfo,  // local files only: the standard one may ask the network
    .section_address = nullptr,
    .debuginfo_path = nullptr,
};

// The function or object (STT_FUNC, STT_OBJECT) whose symbol covers the address.
const char* symbol_at(const module& in, Dwarf_Addr address, int kind) {
  GElf_Off offset = 0;
  GElf_Sym symbol;
  const char* name = dwfl_module_addrinfo(in.handle, address, &offset, &symbol, nullptr, nullptr, nullptr);
  if (name == nullptr || GELF_ST_TYPE(symbol.st_info) != kind || offset >= symbol.st_size) return nullptr;
  return name;
}

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

}  // namespace

// ---- The state behind the door ----

struct symbols::state {
  struct found_type {
    Dwarf_Die die{};
    unit* where = nullptr;
    module* in = nullptr;
  };
  struct offset_key {
    const std::type_info* type;
    std::size_t offset;
    bool operator==(const offset_key&) const = default;
  };
  struct offset_hash {
    std::size_t operator()(const offset_key& key) const {
      return std::hash<const void*>{}(key.type) * 31 + std::hash<std::size_t>{}(key.offset);
    }
  };

  Dwfl* session = nullptr;
  std::unordered_map<Dwfl_Module*, std::unique_ptr<module>> modules;
  std::unordered_set<std::string> known_modules;
  std::unordered_map<const void*, source_line> located;
  std::unordered_map<const std::type_info*, std::vector<found_type>> types;
  std::unordered_map<offset_key, std::string, offset_hash> members;
  std::unordered_map<const void*, std::string> variables;

  ~state() {
    if (session != nullptr) dwfl_end(session);
  }

  void report_modules();
  module* module_at(Dwarf_Addr address);
  std::vector<module*> modules_in_order();

  static unit* unit_holding(module& in, Dwarf_Die die);
  static std::string path_of(module& in, Dwarf_Die die);
  static source_line without_debug_information(module* in, Dwarf_Addr address);
  std::vector<source_line> unroll(Dwarf_Addr address);

  enum class likeness;
  static bool is_proven(Dwarf_Die type, const char* mangled);
  static likeness compare(const found_type& candidate, const char* mangled);
  static void collect(module& in, unit& from, const std::string& path, bool local,
                      std::vector<found_type>& found);
  const std::vector<found_type>& definitions(const std::type_info& type);
  std::string file_defining(Dwarf_Addr address);
  static found_type defined(found_type declared);

  struct part {
    found_type content;
    Dwarf_Word start = 0;   // bytes from the start of the class
    std::string_view name;  // empty for base classes and anonymous unions
  };
  static std::vector<part> parts_of(found_type type, int tag);
  static std::optional<part> part_at(const std::vector<part>& parts, Dwarf_Word offset);
  static std::string element_path(found_type array, Dwarf_Word offset, std::string path);
  static std::string path_into(found_type type, Dwarf_Word offset, std::string path);

  std::string name_member(const std::type_info& type, std::size_t offset);
  std::string name_variable(Dwarf_Addr address);
};

// ---- Modules ----

// Tells libdw of the objects the dynamic linker has loaded by now. Called again when an address falls in none
// (dlopen).
void symbols::state::report_modules() {
  struct loaded {
    std::string file;
    Dwarf_Addr base;
  };
  std::vector<loaded> objects;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* list) {
        auto& result = *static_cast<std::vector<loaded>*>(list);
        const bool executable = result.empty();
        result.push_back({executable ? "/proc/self/exe" : info->dlpi_name, info->dlpi_addr});
        return 0;
      },
      &objects);

  if (session == nullptr) session = dwfl_begin(&callbacks);
  if (session == nullptr) return;
  dwfl_report_begin_add(session);
  for (const loaded& object : objects) {
    if (!object.file.starts_with('/') || !known_modules.insert(object.file).second) continue;
    Dwfl_Module* handle =
        dwfl_report_elf(session, object.file.c_str(), object.file.c_str(), -1, object.base, true);
    if (handle == nullptr) continue;
    auto entry = std::make_unique<module>();
    std::error_code unreadable;
    const auto target = std::filesystem::read_symlink(object.file, unreadable);
    entry->handle = handle;
    entry->name = short_path(modules.empty() && !unreadable ? target.string() : object.file);
    entry->position = modules.size();
    modules.emplace(handle, std::move(entry));
  }
  dwfl_report_end(session, nullptr, nullptr);
}

module* symbols::state::module_at(Dwarf_Addr address) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    Dwfl_Module* handle = session != nullptr ? dwfl_addrmodule(session, address) : nullptr;
    const auto known = modules.find(handle);
    if (known != modules.end()) {
      known->second->load();
      return known->second.get();
    }
    Dl_info info;
    if (session != nullptr && dladdr(reinterpret_cast<const void*>(address), &info) == 0) break;
    if (attempt == 0) report_modules();
  }
  return nullptr;
}

std::vector<module*> symbols::state::modules_in_order() {
  if (session == nullptr) report_modules();
  std::vector<module*> result;
  for (const auto& [handle, entry] : modules) result.push_back(entry.get());
  std::sort(result.begin(), result.end(),
            [](const module* a, const module* b) { return a->position < b->position; });
  return result;
}

// ---- Lines ----

unit* symbols::state::unit_holding(module& in, Dwarf_Die die) {
  const auto found = in.unit_of.find(die.cu);
  if (found == in.unit_of.end()) return nullptr;
  found->second->scan();
  return found->second;
}

// Qualified name of a function, class or variable, template arguments and anonymous namespaces left out.
std::string symbols::state::path_of(module& in, Dwarf_Die die) {
  Dwarf_Die declaration = declaration_of(die);
  std::string path;
  if (const unit* holder = unit_holding(in, declaration)) {
    const std::uint32_t outside = holder->enclosing(dwarf_dieoffset(&declaration));
    if (outside != no_scope) path = path_of(in, holder->scopes[outside].die);
  }
  const char* name = dwarf_diename(&declaration);
  if (name != nullptr) {
    append_scope(path, without_template_arguments(name));
  } else if (is_class(declaration)) {
    for_each_child(declaration, [&](Dwarf_Die& child) {
      const char* member = dwarf_diename(&child);
      if (member == nullptr || std::strcmp(member, "operator()") != 0) return true;
      append_scope(path, lambda_name);
      return false;
    });
  }
  return path;
}

source_line symbols::state::without_debug_information(module* in, Dwarf_Addr address) {
  if (in == nullptr) return {.function = "(unknown code)", .file = {}, .line = 0};
  if (const char* symbol = symbol_at(*in, address, STT_FUNC))
    return {.function = plain_path(demangle(symbol)), .file = {}, .line = 0};
  Dwarf_Addr start = 0;
  dwfl_module_info(in->handle, nullptr, &start, nullptr, nullptr, nullptr, nullptr, nullptr);
  return {.function = in->name + "+" + hexadecimal(address - start), .file = {}, .line = 0};
}

// The calls inlined at the address, innermost first.
std::vector<source_line> symbols::state::unroll(Dwarf_Addr address) {
  module* in = module_at(address);
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
    line.function = path_of(*in, *call);
    if (line.function.empty()) line.function = without_debug_information(in, address).function;
    result.push_back(line);
    line.file = call_file(where.root, *call);
    line.line = static_cast<int>(number(*call, DW_AT_call_line).value_or(0));
  }
  return result;
}

// ---- Types ----

bool symbols::state::is_proven(Dwarf_Die type, const char* mangled) {
  bool proven = false;
  for_each_child(type, [&](Dwarf_Die& child) {
    const char* linkage =
        dwarf_tag(&child) == DW_TAG_subprogram ? text_of(child, DW_AT_linkage_name) : nullptr;
    proven = linkage != nullptr && is_member_of(linkage, mangled);
    return !proven;
  });
  return proven;
}

// Appends the class definitions of one unit that have this path. Around a class local to a function that is
// inlined everywhere clang leaves no scope at all: for local classes the bare name will do too.
void symbols::state::collect(module& in, unit& from, const std::string& path, bool local,
                             std::vector<found_type>& found) {
  const std::size_t separator = path.rfind("::");
  const std::string_view last =
      std::string_view(path).substr(separator == std::string::npos ? 0 : separator + 2);
  from.scan();
  for (const scope& candidate : from.scopes) {
    Dwarf_Die die = candidate.die;
    if (!is_class(die)) continue;
    const char* name = dwarf_diename(&die);
    if (name == nullptr || without_template_arguments(name) != last || has(die, DW_AT_declaration)) continue;
    const std::string actual = path_of(in, die);
    if (actual == path || (local && actual == last)) found.push_back({die, &from, &in});
  }
}

// How surely a definition is the type asked for; only those of the highest rank are kept.
enum class symbols::state::likeness { same_name, same_path, same_words, same_mangling };

symbols::state::likeness symbols::state::compare(const found_type& candidate, const char* mangled) {
  if (is_proven(candidate.die, mangled)) return likeness::same_mangling;
  std::string full;
  Dwarf_Die die = candidate.die;
  for (std::uint32_t at = candidate.where->enclosing(dwarf_dieoffset(&die));;
       die = candidate.where->scopes[at].die, at = candidate.where->scopes[at].parent) {
    Dwarf_Die declaration = declaration_of(die);
    const char* name = dwarf_diename(&declaration);
    if (name != nullptr) full.append(name).append("::");  // outward: a fingerprint has no order
    if (at == no_scope) break;
  }
  const std::string name = demangle(mangled);
  if (fingerprint(full) == fingerprint(name)) return likeness::same_words;
  return path_of(*candidate.in, candidate.die) == plain_path(name) ? likeness::same_path
                                                                   : likeness::same_name;
}

// The definitions that a type may have, best likeness only. A type with external linkage has one meaning in
// the whole program, so that the first sure definition ends the search; the units already scanned are asked
// first.
const std::vector<symbols::state::found_type>& symbols::state::definitions(const std::type_info& type) {
  const auto [entry, fresh] = types.try_emplace(&type);
  if (!fresh) return entry->second;
  const std::string name = demangle(type.name());
  const std::string path = plain_path(name);
  const bool unique = name.find('(') == std::string::npos;  // no anonymous namespace, no function around it

  std::vector<module*> order = modules_in_order();
  module* home = module_at(reinterpret_cast<Dwarf_Addr>(&type));
  std::stable_partition(order.begin(), order.end(), [&](const module* m) { return m == home; });

  likeness best = likeness::same_name;
  std::vector<found_type> kept;
  const auto search = [&](module& in, unit& from) {
    std::vector<found_type> found;
    collect(in, from, path, !unique, found);
    for (const found_type& candidate : found) {
      const likeness rank = compare(candidate, type.name());
      if (rank < best) continue;
      if (rank > best) kept.clear();
      best = rank;
      kept.push_back(candidate);
    }
    return unique && best >= likeness::same_words;
  };
  for (module* in : order) {
    in->load();
    bool sure = false;
    for (const bool scanned : {true, false}) {
      std::vector<unit*> units;
      for (const auto& candidate : in->units)
        if (candidate->scanned == scanned) units.push_back(candidate.get());
      sure = sure || std::any_of(units.begin(), units.end(), [&](unit* from) { return search(*in, *from); });
      if (sure) break;
    }
    if (sure || !kept.empty()) break;
  }
  return entry->second = std::move(kept);
}

// Base name of the source file whose object file defines the local symbol at this address: tells types of the
// same name in the anonymous namespaces of different files apart, by where their type_info stands.
std::string symbols::state::file_defining(Dwarf_Addr address) {
  module* in = module_at(address);
  if (in == nullptr) return {};
  std::string file;
  const int count = dwfl_module_getsymtab(in->handle);
  for (int i = 0; i < count; ++i) {
    GElf_Sym symbol;
    GElf_Addr where = 0;
    const char* name = dwfl_module_getsym_info(in->handle, i, &symbol, &where, nullptr, nullptr, nullptr);
    if (name == nullptr) continue;
    if (GELF_ST_TYPE(symbol.st_info) == STT_FILE) file = name;
    if (GELF_ST_TYPE(symbol.st_info) == STT_OBJECT && where == address) return file;
  }
  return {};
}

// The full definition of a type of which this unit only has a declaration, from another unit or a type unit.
symbols::state::found_type symbols::state::defined(found_type declared) {
  if (!is_class(declared.die) || !has(declared.die, DW_AT_declaration)) return declared;
  if (const std::optional<Dwarf_Die> full = referenced(declared.die, DW_AT_signature))
    return {*full, unit_holding(*declared.in, *full), declared.in};
  const char* name = dwarf_diename(&declared.die);
  if (name == nullptr) return declared;
  const std::string path = path_of(*declared.in, declared.die);
  for (const auto& from : declared.in->units) {
    std::vector<found_type> found;
    collect(*declared.in, *from, path, false, found);
    for (found_type& candidate : found)
      if (std::strcmp(dwarf_diename(&candidate.die), name) == 0) return candidate;
  }
  return declared;
}

// ---- Members ----

// Whether objects of the class hold anything; empty classes have size 1 yet may share their byte with another
// member.
static bool holds_data(Dwarf_Die type) {
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

// Bytes from the start of a part to its end; nothing if no unit defines its type.
static std::optional<Dwarf_Word> extent_of(Dwarf_Die part) {
  Dwarf_Word size = 0;
  if (dwarf_aggregate_size(&part, &size) == 0) return size;
  return std::nullopt;
}

static bool has_fixed_place(Dwarf_Die part) {
  for (unsigned obstacle : {DW_AT_external, DW_AT_declaration, DW_AT_bit_size, DW_AT_virtuality})
    if (has(part, obstacle)) return false;
  return number(part, DW_AT_data_member_location) || !has(part, DW_AT_data_member_location);
}

// Members (tag DW_TAG_member) or base classes (DW_TAG_inheritance) of a class, in the order of their
// declaration.
std::vector<symbols::state::part> symbols::state::parts_of(found_type type, int tag) {
  std::vector<part> result;
  for_each_child(type.die, [&](Dwarf_Die& child) {
    if (dwarf_tag(&child) != tag || !has_fixed_place(child)) return true;
    const std::optional<Dwarf_Die> content = type_of(child);
    if (!content || !holds_data(*content)) return true;
    const char* name = tag == DW_TAG_member ? dwarf_diename(&child) : nullptr;
    result.push_back({.content = defined({*content, type.where, type.in}),
                      .start = number(child, DW_AT_data_member_location).value_or(0),
                      .name = name != nullptr ? name : ""});
    return true;
  });
  return result;
}

// The first part that covers the offset; else the last that starts before it, if nobody knows where that one
// ends (a flexible array, a class whose library has no debug information).
std::optional<symbols::state::part> symbols::state::part_at(const std::vector<part>& parts,
                                                            Dwarf_Word offset) {
  const part* last = nullptr;
  for (const part& candidate : parts) {
    if (candidate.start > offset) continue;
    const std::optional<Dwarf_Word> extent = extent_of(candidate.content.die);
    if (extent && offset - candidate.start < *extent) return candidate;
    if (last == nullptr || candidate.start >= last->start) last = &candidate;
  }
  return last != nullptr && !extent_of(last->content.die) ? std::optional(*last) : std::nullopt;
}

std::string symbols::state::element_path(found_type array, Dwarf_Word offset, std::string path) {
  const std::optional<Dwarf_Die> content = type_of(array.die);
  if (!content) return path;
  const found_type element = defined({*content, array.where, array.in});
  Dwarf_Die measured = element.die;
  Dwarf_Word size = 0;
  if (dwarf_aggregate_size(&measured, &size) != 0 || size == 0) return path;

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
  return path_into(element, offset % size, path + indices);
}

std::string symbols::state::path_into(found_type type, Dwarf_Word offset, std::string path) {
  if (dwarf_tag(&type.die) == DW_TAG_array_type) return element_path(type, offset, std::move(path));
  if (!is_class(type.die)) return path;
  const std::string name = path_of(*type.in, type.die);
  const bool standard_array = name == "std::array";
  const bool leaf = name.starts_with("std::") || name.starts_with("__gnu_cxx::");
  if (leaf && !standard_array && name != "std::pair") return path;

  std::optional<part> inner =
      part_at(parts_of(type, DW_TAG_member), offset);  // first: may lie in a base's tail padding
  if (!inner) inner = part_at(parts_of(type, DW_TAG_inheritance), offset);
  if (!inner || inner->name.starts_with("__"))
    return path;  // padding, or the inside of a type of the C library
  if (inner->name.starts_with("_vptr"))
    inner->name = "_vptr";  // the compilers append the class in different ways
  if (!inner->name.empty() && !standard_array) path += (path.empty() ? "" : ".") + std::string(inner->name);
  return path_into(inner->content, offset - inner->start, std::move(path));
}

std::string symbols::state::name_member(const std::type_info& type, std::size_t offset) {
  const std::vector<found_type>& candidates = definitions(type);
  const std::string file = candidates.size() > 1 ? file_defining(reinterpret_cast<Dwarf_Addr>(&type)) : "";
  std::vector<std::string> answers;
  std::vector<std::string> answers_of_file;
  for (const found_type& candidate : candidates) {
    const found_type whole = defined(candidate);
    answers.push_back(offset < extent_of(whole.die).value_or(0) ? path_into(whole, offset, "") : "");
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

std::string symbols::state::name_variable(Dwarf_Addr address) {
  module* in = module_at(address);
  if (in == nullptr) return {};
  const char* symbol = symbol_at(*in, address, STT_OBJECT);
  const std::string demangled = symbol != nullptr ? demangle(symbol) : "";
  const bool named = symbol != nullptr && demangled != symbol;
  if (const auto* variable = covering(in->all_variables(), address - in->bias)) {
    // The symbol comes first: clang leaves a function that is inlined everywhere nameless.
    std::string name = named ? plain_path(demangled) : path_of(*in, variable->payload);
    const std::optional<Dwarf_Die> type = type_of(variable->payload);
    if (!type) return name;
    return path_into(defined({*type, nullptr, in}), address - in->bias - variable->low, std::move(name));
  }
  return demangled.find(" for ") != std::string::npos ? demangled
                                                      : plain_path(demangled);  // "vtable for demo::base"
}

// ---- The door ----

symbols::symbols() : state_(std::make_unique<state>()) {}
symbols::~symbols() = default;

symbols& symbols::of_this_process() {
  static symbols& instance =
      *new symbols;  // never destroyed: a failure may be reported while the process exits
  return instance;
}

const source_line& symbols::locate(const void* pc) {
  const auto [entry, fresh] = state_->located.try_emplace(pc);
  if (!fresh) return entry->second;
  const std::vector<source_line> chain = frames(pc);
  const auto component = std::find_if_not(chain.begin(), chain.end(), in_standard_library);
  return entry->second = component != chain.end() ? *component : chain.back();
}

std::vector<source_line> symbols::frames(const void* pc) {
  return state_->unroll(reinterpret_cast<Dwarf_Addr>(pc) - 1);
}

std::string symbols::member_at(const std::type_info& type, std::size_t offset) {
  const auto [entry, fresh] = state_->members.try_emplace({&type, offset});
  if (fresh) entry->second = state_->name_member(type, offset);
  return entry->second;
}

std::string symbols::variable_at(const void* address) {
  const auto [entry, fresh] = state_->variables.try_emplace(address);
  if (fresh) entry->second = state_->name_variable(reinterpret_cast<Dwarf_Addr>(address));
  return entry->second;
}

bool in_standard_library(const source_line& where) {
  const std::string file = std::filesystem::path(where.file).lexically_normal().string();
  if (file.starts_with('<') || file.find("/<") != std::string::npos) return true;  // <built-in>, <artificial>
  for (std::string_view directory : {"/include/c++/", "/lib/gcc/", "/lib/clang/"})
    if (file.find(directory) != std::string::npos) return true;
  constexpr std::string_view system = "/usr/include/";
  if (!file.starts_with(system)) return false;
  const std::string_view below = std::string_view(file).substr(system.size());
  for (std::string_view directory :
       {"x86_64-linux-gnu/", "aarch64-linux-gnu/", "bits/", "sys/", "linux/", "asm"})
    if (below.starts_with(directory)) return true;
  return below.find('/') == std::string_view::npos && below.ends_with(".h");
}

std::string source_text(const source_line& where) {
  std::ifstream file(where.file);
  std::string text;
  for (int line = 0; line < where.line; ++line)
    if (!std::getline(file, text)) return {};
  constexpr const char* blank = " \t\r";
  const std::size_t first = text.find_first_not_of(blank);
  return first == std::string::npos ? std::string()
                                    : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string short_path(std::string_view file) {
  return std::string(file.substr(file.rfind('/') + 1));
}

}  // namespace heddle::harness
