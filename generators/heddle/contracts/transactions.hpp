// What the contracts of transactional stores have in common: transactions as people write and read them, how
// they are generated, and how one is run on a store.
//
// A transaction is a script of statements fixed beforehand; its outcome is what each statement returned and
// how it ended. A store that can (`accesses` in its handle) also tells which versions were read and written:
// that is what the dependency graph is made of (isolation_judge.hpp).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <rapidcheck/Gen.h>

#include <heddle/linearizability/hash.hpp>
#include <heddle/linearizability/model.hpp>
#include <heddle/linearizability/value.hpp>
#include <heddle/models/mvcc_serializable.hpp>

namespace heddle::contracts::transactions {

enum class row : std::uint8_t { x, y, z, u };

// The statements; models::mvcc_serializable::statement says what each means.

struct get {
  row key{};
  bool operator==(const get&) const = default;
};
struct scan {
  row first{};
  row last{};
  std::int64_t least = 0;
  bool operator==(const scan&) const = default;
};
struct put {
  row key{};
  std::int64_t value = 0;
  bool operator==(const put&) const = default;
};
struct add {
  row key{};
  std::int64_t by = 0;
  bool operator==(const add&) const = default;
};
struct append {
  row key{};
  std::int64_t digit = 0;
  bool operator==(const append&) const = default;
};
struct del {
  row key{};
  bool operator==(const del&) const = default;
};
struct get_for_update {
  row key{};
  bool operator==(const get_for_update&) const = default;
};
using statement = std::variant<get, scan, put, add, append, del, get_for_update>;

enum class ending : std::uint8_t {
  commit,
  commit_read_only,  ///< begun as read-only
  roll_back,
};

struct script {
  std::vector<statement> statements{};
  ending with = ending::commit;
  bool operator==(const script&) const = default;
};

/// Reads all rows that have a value of at least 0.
script read_everything();

models::mvcc_serializable::statement to_model(const statement& s);
models::mvcc_serializable::script to_model(const script& s);

/// Which scripts are generated.
struct workload {
  std::uint32_t statements_max = 4;
  std::uint32_t rows = 3;                            ///< how many are used
  std::uint32_t weights[7] = {1, 1, 1, 1, 1, 1, 1};  ///< of the statements, in the order of the variant
  std::uint32_t decision_percent = 40;  ///< scripts that read first and write then, most anomalies' material
  std::uint32_t read_only_percent = 25;
  std::uint32_t roll_back_percent = 10;
};

/// Scripts shrink to fewer statements, to reads instead of writes, to x and to small values.
rc::Gen<script> scripts(const workload& w);

/// A version of a row: the `index`-th write of that transaction to it. Default: the absence before the first.
struct version {
  std::uint64_t writer = 0;
  std::uint32_t index = 0;
  auto operator<=>(const version&) const = default;
};

/// As the store tells it. A scan is a `range` and a `read` of every row of it that has a version.
struct access {
  enum class kind : std::uint8_t { read, range, write };
  kind what = kind::read;
  std::int64_t key = 0;   ///< or the first of a range
  std::int64_t last = 0;  ///< of a range
  version seen{};         ///< or made
  version replaced{};     ///< by a write: its direct predecessor
  bool operator==(const access&) const = default;
};

/// How a transaction went. Only what the client saw is printed: "outcome{committed, [none, 3, {x: 1}]}".
struct outcome {
  using seen_by_client = models::mvcc_serializable::transaction_result;

  seen_by_client result{};
  std::vector<std::vector<access>> accesses{};  ///< per statement; empty if the store does not tell
  bool operator==(const outcome&) const = default;

  models::mvcc_serializable::status end() const { return result.end; }
  std::vector<value> shown() const;

  friend auto heddle_fields(const outcome&) { return fields("", &outcome::end, "", &outcome::shown); }
  friend std::uint64_t heddle_hash(const outcome& o);
};

/// The part of an observation that the models speak of. It refers to `o`.
inline observed<outcome::seen_by_client> client_view(const observed<outcome>& o) {
  using view = observed<outcome::seen_by_client>;
  if (o.returned()) return view::returned(o.value().result);
  if (o.threw()) return view::threw(o.exception());
  return view::nothing();
}

}  // namespace heddle::contracts::transactions

// Instantiated once, in transactions.cpp: costly to compile, and every scenario of transactions needs it.
namespace heddle {
extern template value to_value(const contracts::transactions::script&);
}
