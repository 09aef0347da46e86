#include <algorithm>

#include <fmt/format.h>

#include <heddle/cli/commands.hpp>
#include <heddle/cli/targets.hpp>

namespace heddle::cli {

std::vector<named_target> targets_of(const catalogue::pattern& p) {
  std::vector<named_target> targets;
  for (const auto& r : p.references) targets.push_back({p.id + "/" + r.name, r.contract});
  for (const auto& v : p.variants) targets.push_back({p.id + "/" + v.name, v.contract});
  return targets;
}

named_target find_target(std::string_view name) {
  std::string known;
  for (const catalogue::pattern& p : catalogue::patterns()) {
    const bool near = name.starts_with(p.id);
    for (named_target& t : targets_of(p)) {
      if (t.name == name) return std::move(t);
      if (near) known += "\n  " + t.name;
    }
  }
  if (known.empty())
    throw usage_error(fmt::format("there is no target \"{}\"; heddle list names them all", name));
  throw usage_error(fmt::format("there is no target \"{}\"; the pattern has{}", name, known));
}

std::vector<catalogue::pattern> select_patterns(const std::vector<std::string>& ids) {
  std::vector<catalogue::pattern> all = catalogue::patterns();
  if (ids.empty()) return all;
  std::vector<catalogue::pattern> selected;
  for (const std::string& id : ids) {
    const catalogue::pattern* found = catalogue::find_pattern(all, id);
    if (found == nullptr)
      throw usage_error(fmt::format("there is no pattern \"{}\"; heddle list names them all", id));
    selected.push_back(*found);
  }
  return selected;
}

}  // namespace heddle::cli
