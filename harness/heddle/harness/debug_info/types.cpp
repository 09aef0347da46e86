#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include <heddle/harness/debug_info/entries.hpp>
#include <heddle/harness/debug_info/names.hpp>
#include <heddle/harness/debug_info/types.hpp>

namespace heddle::harness::debug_info {

namespace {

bool is_proven(Dwarf_Die type, const char* mangled) {
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
void collect(module& in, unit& from, const std::string& path, bool local, std::vector<type_entry>& found) {
  const std::size_t separator = path.rfind("::");
  const std::string_view last =
      std::string_view(path).substr(separator == std::string::npos ? 0 : separator + 2);
  from.scan();
  for (const scope& candidate : from.scopes) {
    Dwarf_Die die = candidate.die;
    if (!is_class(die)) continue;
    const char* name = dwarf_diename(&die);
    if (name == nullptr || without_template_arguments(name) != last || has(die, DW_AT_declaration)) continue;
    const std::string actual = in.path_of(die);
    if (actual == path || (local && actual == last)) found.push_back({die, &from, &in});
  }
}

// The names of a class and of the scopes around it, template arguments included, from the inside out.
std::string full_name(const type_entry& candidate) {
  std::string full;
  Dwarf_Die die = candidate.die;
  for (std::uint32_t at = candidate.where->enclosing(dwarf_dieoffset(&die));;
       die = candidate.where->scopes[at].die, at = candidate.where->scopes[at].parent) {
    Dwarf_Die declaration = declaration_of(die);
    const char* name = dwarf_diename(&declaration);
    if (name != nullptr) full.append(name).append("::");
    if (at == no_scope) break;
  }
  return full;
}

// The definitions met so far, best likeness only.
class selection {
 public:
  explicit selection(const char* mangled)
      : mangled_(mangled), name_(demangle(mangled)), path_(plain_path(name_)) {}

  // True if the search may end. A type with external linkage has one meaning in the whole program, so that
  // its first sure definition is enough.
  bool search(module& in, unit& from) {
    std::vector<type_entry> found;
    collect(in, from, path_, !is_unique(), found);
    for (const type_entry& candidate : found) {
      const likeness rank = compare(candidate);
      if (rank < best_) continue;
      if (rank > best_) kept_.clear();
      best_ = rank;
      kept_.push_back(candidate);
    }
    return is_unique() && best_ >= likeness::same_words;
  }

  // The units already scanned are asked first.
  bool search(module& in) {
    in.load();
    std::vector<unit*> units;
    for (const auto& candidate : in.units) units.push_back(candidate.get());
    std::stable_partition(units.begin(), units.end(), [](const unit* u) { return u->scanned; });
    const bool sure = std::any_of(units.begin(), units.end(), [&](unit* from) { return search(in, *from); });
    return sure || !kept_.empty();
  }

  std::vector<type_entry> take() { return std::move(kept_); }

 private:
  // How surely a definition is the type asked for; only those of the highest rank are kept.
  enum class likeness { same_name, same_path, same_words, same_mangling };

  likeness compare(const type_entry& candidate) const {
    if (is_proven(candidate.die, mangled_)) return likeness::same_mangling;
    // A fingerprint has no order.
    if (fingerprint(full_name(candidate)) == fingerprint(name_)) return likeness::same_words;
    return candidate.in->path_of(candidate.die) == path_ ? likeness::same_path : likeness::same_name;
  }

  // Neither in an anonymous namespace nor in a function.
  bool is_unique() const { return name_.find('(') == std::string::npos; }

  const char* mangled_;
  std::string name_;
  std::string path_;
  likeness best_ = likeness::same_name;
  std::vector<type_entry> kept_;
};

}  // namespace

const std::vector<type_entry>& type_finder::definitions(const std::type_info& type) {
  const auto [entry, fresh] = known_.try_emplace(&type);
  if (fresh) entry->second = search(type);
  return entry->second;
}

std::string type_finder::file_defining(const std::type_info& type) {
  const auto address = reinterpret_cast<Dwarf_Addr>(&type);
  const module* home = modules_.at(address);
  return home != nullptr ? home->file_defining(address) : "";
}

std::vector<type_entry> type_finder::search(const std::type_info& type) {
  std::vector<module*> order = modules_.in_order();
  const module* home = modules_.at(reinterpret_cast<Dwarf_Addr>(&type));
  std::stable_partition(order.begin(), order.end(), [&](const module* m) { return m == home; });

  selection best(type.name());
  for (module* in : order)
    if (best.search(*in)) break;
  return best.take();
}

type_entry completed(type_entry declared) {
  if (!is_class(declared.die) || !has(declared.die, DW_AT_declaration)) return declared;
  if (const std::optional<Dwarf_Die> full = referenced(declared.die, DW_AT_signature))
    return {*full, declared.in->unit_holding(*full), declared.in};
  const char* name = dwarf_diename(&declared.die);
  if (name == nullptr) return declared;
  const std::string path = declared.in->path_of(declared.die);
  for (const auto& from : declared.in->units) {
    std::vector<type_entry> found;
    collect(*declared.in, *from, path, false, found);
    for (type_entry& candidate : found)
      if (std::strcmp(dwarf_diename(&candidate.die), name) == 0) return candidate;
  }
  return declared;
}

}  // namespace heddle::harness::debug_info
