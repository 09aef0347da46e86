#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <heddle/isolation/list_append.hpp>
#include <heddle/isolation/valued_history.hpp>

namespace heddle::isolation {

namespace {

using element = std::int64_t;
using list = std::vector<element>;

/// A committed read of a list that is no prefix of the longest one and not the other way round.
struct odd_read {
  std::uint32_t transaction;
  std::uint32_t key;
  list elements;
};

std::string to_text(element e) {
  return std::to_string(e);
}

}  // namespace

/// Of reads, `version` is the length of the list until the analysis.
struct list_append_history::contents {
  valued_history all;
  std::vector<list> longest;                  ///< by key
  std::vector<std::uint32_t> longest_reader;  ///< by key: who read it first
  std::vector<odd_read> odd_reads;
};

list_append_history::list_append_history() : contents_(std::make_unique<contents>()) {}
list_append_history::~list_append_history() = default;
list_append_history::list_append_history(list_append_history&&) noexcept = default;
list_append_history& list_append_history::operator=(list_append_history&&) noexcept = default;

std::size_t list_append_history::size() const {
  return contents_->all.history.transactions.size();
}

void list_append_history::begin(std::uint32_t process, std::uint32_t invoked, std::uint32_t returned,
                                status end) {
  contents_->all.begin(process, invoked, returned, end);
}

void list_append_history::append(key_id key, element e) {
  contents_->all.write(key, e);
}

void list_append_history::read(key_id key, std::span<const element> seen) {
  valued_history& all = contents_->all;
  if (all.history.transactions.back().end != status::committed) return;
  const std::uint32_t k = all.number_of(key);
  contents_->longest.resize(all.history.keys.size());
  contents_->longest_reader.resize(all.history.keys.size(), never);
  list& longest = contents_->longest[k];
  const auto common = seen.first(std::min(longest.size(), seen.size()));
  if (!std::equal(common.begin(), common.end(), longest.begin())) {
    contents_->odd_reads.push_back({all.current(), k, {seen.begin(), seen.end()}});
    return;
  }
  if (seen.size() > longest.size()) {
    const auto more = seen.subspan(longest.size());
    longest.insert(longest.end(), more.begin(), more.end());
    contents_->longest_reader[k] = all.current();
  }
  all.read(k, compact_step::kind::foreign_read, static_cast<std::uint32_t>(seen.size()));
}

/// Turns what was read into versions and their order.
class list_append_analysis {
 public:
  explicit list_append_analysis(const list_append_history& history)
      : contents_(*history.contents_),
        index_(contents_.all, "appends"),
        result_(outline(contents_.all.history)),
        at_(result_.keys.size()),
        place_(result_.versions.size(), never),
        contradicted_(result_.keys.size()),
        aborted_(result_.keys.size()) {
    result_.cumulative = true;
    for (std::uint32_t key = 0; key < contents_.longest.size(); ++key) order_versions(key);
    for (const odd_read& r : contents_.odd_reads) examine(r);
    expect_program_order();
    add_unread();
    for (std::uint32_t key = 0; key < result_.keys.size(); ++key) find_aborted(key);
    result_.steps.reserve(contents_.all.history.steps.size());
    for (std::uint32_t t = 0; t < result_.transactions.size(); ++t) resolve_reads(t);
  }

  compact_history take() { return std::move(result_); }

 private:
  void order_versions(std::uint32_t key) {
    const list& longest = contents_.longest[key];
    compact_order& order = result_.orders[key];
    at_[key].reserve(longest.size());
    for (const element e : longest) {
      const std::uint32_t* v = index_.find(key, e);
      const std::uint32_t reader = contents_.longest_reader[key];
      if (v == nullptr) {
        report_garbage(reader, key, e);
      } else if (place_[*v] != never) {
        report_duplicate(reader, key, e);
      } else {
        place_[*v] = static_cast<std::uint32_t>(at_[key].size());
        order.ordered.push_back(*v);
      }
      at_[key].push_back(order.ordered.empty() ? initial_version : order.ordered.back());
    }
  }

  void examine(const odd_read& r) {
    const list& longest = contents_.longest[r.key];
    const auto [mine, other] =
        std::mismatch(r.elements.begin(), r.elements.end(), longest.begin(), longest.end());
    const auto position = std::to_string(mine - r.elements.begin());
    const std::uint32_t reader = contents_.longest_reader[r.key];
    report(phenomenon::incompatible_order, "incompatible orders", reader, r.transaction, r.key,
           "T" + std::to_string(r.transaction) + " and T" + std::to_string(reader) + " read lists of key " +
               key_text(r.key) + " that differ at position " + position + ": " + to_text(*mine) + " and " +
               to_text(*other));
    list sorted = r.elements;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      const std::uint32_t* v = index_.find(r.key, sorted[i]);
      if (i > 0 && sorted[i] == sorted[i - 1]) {
        report_duplicate(r.transaction, r.key, sorted[i]);
      } else if (v == nullptr) {
        report_garbage(r.transaction, r.key, sorted[i]);
      } else if (is_aborted(*v)) {
        report_aborted(r.transaction, *v);
      }
    }
    contradicted_[r.key] = true;
  }

  /// A transaction's own appends to a key are read in their order, and none of them without those before.
  void expect_program_order() {
    std::vector<std::uint32_t> last(result_.keys.size(), never);
    for (std::uint32_t v = 0; v < result_.versions.size(); ++v) {
      const std::uint32_t key = result_.versions[v].key;
      const std::uint32_t before = std::exchange(last[key], v);
      if (before == never || result_.versions[before].writer != result_.versions[v].writer) continue;
      if (place_[v] != never && place_[before] > place_[v] && !contradicted_[key]) report_reversed(before, v);
    }
  }

  /// What was never read comes after what was read, save where reads contradict each other.
  void add_unread() {
    for (std::uint32_t v = 0; v < result_.versions.size(); ++v) {
      const std::uint32_t key = result_.versions[v].key;
      if (place_[v] == never && !contradicted_[key]) result_.orders[key].later.push_back(v);
    }
  }

  bool is_aborted(std::uint32_t v) const {
    return result_.transactions[result_.versions[v].writer].end == status::aborted;
  }

  void find_aborted(std::uint32_t key) {
    for (const std::uint32_t v : result_.orders[key].ordered)
      if (is_aborted(v)) aborted_[key].push_back(v);
    std::reverse(aborted_[key].begin(), aborted_[key].end());
  }

  void resolve_reads(std::uint32_t t) {
    const auto steps = contents_.all.history.steps_of(t);
    result_.transactions[t].first_step = static_cast<std::uint32_t>(result_.steps.size());
    own_.clear();
    for (const compact_step& s : steps)
      if (s.what == compact_step::kind::write) own_.push_back({s.key, s.version, false});
    std::size_t written = 0;
    for (const compact_step& s : steps) {
      if (s.what == compact_step::kind::write) {
        own_[written++].done = true;
        result_.steps.push_back(s);
      } else if (const auto length = foreign_length(t, s.key, s.version)) {
        report_aborted_within(t, s.key, *length);
        result_.steps.push_back({compact_step::kind::foreign_read, s.key, version_at(s.key, *length)});
      }
    }
  }

  std::uint32_t version_at(std::uint32_t key, std::size_t length) const {
    return length == 0 ? initial_version : at_[key][length - 1];
  }

  /// How much of a list that was read others had appended: all but what the transaction itself had appended
  /// before, which has to be at the end. None, and a report, if it is not.
  std::optional<std::size_t> foreign_length(std::uint32_t t, std::uint32_t key, std::size_t length) {
    std::size_t foreign = length;
    bool fits = true;
    for (auto own = own_.rbegin(); own != own_.rend(); ++own) {
      if (own->key != key || !own->done) continue;
      fits = fits && foreign > 0 && place_[own->version] == foreign - 1;
      if (fits) --foreign;
    }
    for (const own_append& own : own_) fits = fits && (own.key != key || place_[own.version] >= foreign);
    if (fits) return foreign;
    report(phenomenon::internal, "own append misplaced", t, t, key,
           "T" + std::to_string(t) + " read a list of key " + key_text(key) +
               " whose end is not what it had appended itself");
    return std::nullopt;
  }

  /// Aborted elements that are not the last one read: each by the first who saw it so.
  void report_aborted_within(std::uint32_t reader, std::uint32_t key, std::size_t length) {
    auto& left = aborted_[key];
    while (!left.empty() && place_[left.back()] + 1 < length) {
      report_aborted(reader, left.back());
      left.pop_back();
    }
  }

  void report_aborted(std::uint32_t reader, std::uint32_t v) {
    report(phenomenon::g1a, "aborted read", result_.versions[v].writer, reader, result_.versions[v].key, "");
  }

  void report_garbage(std::uint32_t reader, std::uint32_t key, element e) {
    report(phenomenon::garbage_read, "garbage read", reader, reader, key,
           "T" + std::to_string(reader) + " read " + to_text(e) + " in key " + key_text(key) +
               ", which nobody appended");
  }

  void report_reversed(std::uint32_t first, std::uint32_t second) {
    const auto [key, writer, final] = result_.versions[second];
    const std::uint32_t reader = contents_.longest_reader[key];
    report(phenomenon::incompatible_order, "appends out of order", writer, reader, key,
           "T" + std::to_string(writer) + " appended " + to_text(contents_.all.values[first]) + " before " +
               to_text(contents_.all.values[second]) + " to key " + key_text(key) + ", but T" +
               std::to_string(reader) + " did not read it before that");
  }

  void report_duplicate(std::uint32_t reader, std::uint32_t key, element e) {
    report(phenomenon::duplicate_elements, "duplicate elements", reader, reader, key,
           "T" + std::to_string(reader) + " read " + to_text(e) + " twice in key " + key_text(key));
  }

  void report(phenomenon what, const char* plain, std::uint32_t from, std::uint32_t to, std::uint32_t key,
              std::string detail) {
    anomaly a{what, false, plain, {{from, dependency::wr, result_.keys[key], false, to}}};
    a.detail = std::move(detail);
    result_.found.push_back(std::move(a));
  }

  std::string key_text(std::uint32_t key) const { return std::to_string(result_.keys[key]); }

  struct own_append {
    std::uint32_t key;
    std::uint32_t version;
    bool done;  ///< before the read that is looked at
  };

  const list_append_history::contents& contents_;
  value_index index_;
  compact_history result_;
  std::vector<std::vector<std::uint32_t>> at_;       ///< by key and length of a list read: its last version
  std::vector<std::uint32_t> place_;                 ///< of each version in the longest list, or never
  std::vector<bool> contradicted_;                   ///< by key: reads do not fit together
  std::vector<std::vector<std::uint32_t>> aborted_;  ///< by key: those not reported yet, the first one last
  std::vector<own_append> own_;                      ///< of the transaction that is looked at
};

findings analyse(const list_append_history& history, const analysis_options& options) {
  return analyse(list_append_analysis(history).take(), options);
}

}  // namespace heddle::isolation
