#include <algorithm>
#include <string>

#include <heddle/isolation/registers.hpp>
#include <heddle/isolation/valued_history.hpp>

namespace heddle::isolation {

/// Of reads, `version` is the number of the read until the analysis.
struct register_history::contents {
  valued_history all;
  std::vector<std::optional<std::int64_t>> seen;  ///< by read
};

register_history::register_history() : contents_(std::make_unique<contents>()) {}
register_history::~register_history() = default;
register_history::register_history(register_history&&) noexcept = default;
register_history& register_history::operator=(register_history&&) noexcept = default;

std::size_t register_history::size() const {
  return contents_->all.history.transactions.size();
}

void register_history::begin(std::uint32_t process, std::uint32_t invoked, std::uint32_t returned,
                             status end) {
  contents_->all.begin(process, invoked, returned, end);
}

void register_history::write(key_id key, std::int64_t value) {
  contents_->all.write(key, value);
}

void register_history::read(key_id key, std::optional<std::int64_t> value) {
  valued_history& all = contents_->all;
  if (all.history.transactions.back().end != status::committed) return;
  const auto number = static_cast<std::uint32_t>(contents_->seen.size());
  contents_->seen.push_back(value);
  all.read(all.number_of(key), compact_step::kind::read, number);
}

/// Finds the writers of what was read, and what follows for the order of versions.
class register_analysis {
 public:
  explicit register_analysis(const register_history& history)
      : contents_(*history.contents_),
        index_(contents_.all, "writes"),
        result_(outline(contents_.all.history)) {
    result_.steps.reserve(contents_.all.history.steps.size());
    for (std::uint32_t t = 0; t < result_.transactions.size(); ++t) resolve_reads(t);
    order_versions();
  }

  compact_history take() { return std::move(result_); }

 private:
  void resolve_reads(std::uint32_t t) {
    const auto steps = contents_.all.history.steps_of(t);
    result_.transactions[t].first_step = static_cast<std::uint32_t>(result_.steps.size());
    for (compact_step s : steps) {
      const auto value = s.is_read() ? contents_.seen[s.version] : std::nullopt;
      const std::uint32_t* version = value ? index_.find(s.key, *value) : nullptr;
      if (s.is_read()) s.version = version == nullptr ? initial_version : *version;
      if (value && version == nullptr) {
        report_garbage(t, s.key, *value);
      } else {
        result_.steps.push_back(s);
      }
    }
  }

  void report_garbage(std::uint32_t reader, std::uint32_t key, std::int64_t value) {
    const key_id name = result_.keys[key];
    anomaly a{
        phenomenon::garbage_read, false, "garbage read", {{reader, dependency::wr, name, false, reader}}};
    a.detail = "T" + std::to_string(reader) + " read " + std::to_string(value) + " in key " +
               std::to_string(name) + ", which nobody wrote";
    result_.found.push_back(std::move(a));
  }

  /// What was read before it was replaced comes before; all others come after the initial version only.
  void order_versions() {
    std::vector<std::uint32_t> before(result_.versions.size(), initial_version);
    for (const replacement& r : replacements(result_, effective_transactions(result_)))
      before[r.after] = r.before;
    forget_circles(before);
    for (std::uint32_t v = 0; v < result_.versions.size(); ++v) {
      if (before[v] != initial_version) {
        result_.replaced.emplace_back(before[v], v);
      } else if (result_.versions[v].final) {
        result_.orders[result_.versions[v].key].later.push_back(v);
      }
    }
  }

  /// Versions that replaced each other in a circle have no order; each read from the next, which shows as
  /// G1c.
  static void forget_circles(std::vector<std::uint32_t>& before) {
    std::vector<std::uint32_t> met(before.size(), never);  // from where
    for (std::uint32_t start = 0; start < before.size(); ++start) {
      std::uint32_t v = start;
      for (; v != initial_version && met[v] == never; v = before[v]) met[v] = start;
      if (v == initial_version || met[v] != start) continue;
      while (v != initial_version) v = std::exchange(before[v], initial_version);
    }
  }

  const register_history::contents& contents_;
  value_index index_;
  compact_history result_;
};

findings analyse(const register_history& history, const analysis_options& options) {
  return analyse(register_analysis(history).take(), options);
}

}  // namespace heddle::isolation
