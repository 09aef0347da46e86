#include <algorithm>
#include <cstring>
#include <filesystem>
#include <utility>

#include <dlfcn.h>
#include <link.h>

#include <heddle/harness/debug_info/entries.hpp>
#include <heddle/harness/debug_info/modules.hpp>
#include <heddle/harness/debug_info/names.hpp>
#include <heddle/harness/source_line.hpp>

namespace heddle::harness::debug_info {

void module::load() {
  if (std::exchange(read_, true)) return;
  Dwarf* debug = dwfl_module_getdwarf(handle, &bias);
  if (debug == nullptr) return;
  Dwarf_CU* at = nullptr;
  Dwarf_Die root;
  Dwarf_Die split;
  std::uint8_t kind = 0;
  while (dwarf_get_units(debug, at, &at, nullptr, &kind, &root, &split) == 0) {
    auto entry = std::make_unique<unit>();
    entry->root = kind == DW_UT_skeleton && split.addr != nullptr ? split : root;
    unit_of_[entry->root.cu] = entry.get();
    for_each_range(root, [&](Dwarf_Addr low, Dwarf_Addr high) { code.push_back({low, high, entry.get()}); });
    units.push_back(std::move(entry));
  }
  sort_by_address(code);
}

const std::vector<addressed<Dwarf_Die>>& module::all_variables() {
  if (variables_) return *variables_;
  variables_.emplace();
  for (const auto& entry : units) {
    entry->scan();
    variables_->insert(variables_->end(), entry->variables.begin(), entry->variables.end());
  }
  sort_by_address(*variables_);
  return *variables_;
}

unit* module::unit_holding(Dwarf_Die die) {
  const auto found = unit_of_.find(die.cu);
  if (found == unit_of_.end()) return nullptr;
  found->second->scan();
  return found->second;
}

std::string module::path_of(Dwarf_Die die) {
  Dwarf_Die declaration = declaration_of(die);
  std::string path;
  if (const unit* holder = unit_holding(declaration)) {
    const std::uint32_t outside = holder->enclosing(dwarf_dieoffset(&declaration));
    if (outside != no_scope) path = path_of(holder->scopes[outside].die);
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

const char* module::symbol_at(Dwarf_Addr address, int kind) const {
  GElf_Off offset = 0;
  GElf_Sym symbol;
  const char* name = dwfl_module_addrinfo(handle, address, &offset, &symbol, nullptr, nullptr, nullptr);
  if (name == nullptr || GELF_ST_TYPE(symbol.st_info) != kind || offset >= symbol.st_size) return nullptr;
  return name;
}

std::string module::file_defining(Dwarf_Addr address) const {
  std::string file;
  const int count = dwfl_module_getsymtab(handle);
  for (int i = 0; i < count; ++i) {
    GElf_Sym symbol;
    GElf_Addr where = 0;
    const char* name = dwfl_module_getsym_info(handle, i, &symbol, &where, nullptr, nullptr, nullptr);
    if (name == nullptr) continue;
    if (GELF_ST_TYPE(symbol.st_info) == STT_FILE) file = name;
    if (GELF_ST_TYPE(symbol.st_info) == STT_OBJECT && where == address) return file;
  }
  return {};
}

namespace {

const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_linux_proc_find_elf,
    .find_debuginfo = dwfl_build_id_find_debuginfo,  // local files only: the standard one may ask the network
    .section_address = nullptr,
    .debuginfo_path = nullptr,
};

struct loaded_object {
  std::string file;
  Dwarf_Addr base;
};

std::vector<loaded_object> loaded_objects() {
  std::vector<loaded_object> objects;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* list) {
        auto& result = *static_cast<std::vector<loaded_object>*>(list);
        const bool executable = result.empty();
        result.push_back({executable ? "/proc/self/exe" : info->dlpi_name, info->dlpi_addr});
        return 0;
      },
      &objects);
  return objects;
}

}  // namespace

loaded_modules::~loaded_modules() {
  if (session_ != nullptr) dwfl_end(session_);
}

/// Tells libdw of the objects that the dynamic linker has loaded by now.
void loaded_modules::report() {
  if (session_ == nullptr) session_ = dwfl_begin(&callbacks);
  if (session_ == nullptr) return;
  dwfl_report_begin_add(session_);
  for (const loaded_object& object : loaded_objects())
    if (object.file.starts_with('/') && files_.insert(object.file).second) add(object.file, object.base);
  dwfl_report_end(session_, nullptr, nullptr);
}

void loaded_modules::add(const std::string& file, Dwarf_Addr base) {
  Dwfl_Module* handle = dwfl_report_elf(session_, file.c_str(), file.c_str(), -1, base, true);
  if (handle == nullptr) return;
  auto entry = std::make_unique<module>();
  std::error_code unreadable;
  const auto target = std::filesystem::read_symlink(file, unreadable);
  entry->handle = handle;
  entry->file_name = short_path(modules_.empty() && !unreadable ? target.string() : file);
  entry->position = modules_.size();
  modules_.emplace(handle, std::move(entry));
}

module* loaded_modules::at(Dwarf_Addr address) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    Dwfl_Module* handle = session_ != nullptr ? dwfl_addrmodule(session_, address) : nullptr;
    const auto known = modules_.find(handle);
    if (known != modules_.end()) {
      known->second->load();
      return known->second.get();
    }
    Dl_info info;
    if (session_ != nullptr && dladdr(reinterpret_cast<const void*>(address), &info) == 0) break;
    if (attempt == 0) report();
  }
  return nullptr;
}

std::vector<module*> loaded_modules::in_order() {
  if (session_ == nullptr) report();
  std::vector<module*> result;
  for (const auto& [handle, entry] : modules_) result.push_back(entry.get());
  std::sort(result.begin(), result.end(),
            [](const module* a, const module* b) { return a->position < b->position; });
  return result;
}

}  // namespace heddle::harness::debug_info
