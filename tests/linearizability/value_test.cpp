// Any plain data becomes a value, reads well, and comes back.
#include <array>
#include <chrono>
#include <deque>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <heddle/linearizability/hash.hpp>
#include <heddle/linearizability/value.hpp>

namespace heddle::test {

enum class circuit : signed char { below_range = -17, unset = -1, closed = 0, half_open, open = 127 };
enum plain_enum { plain_a, plain_b };

struct point {
  int x = 0;
  double y = 0;
  bool operator==(const point&) const = default;
};

struct empty_record {
  bool operator==(const empty_record&) const = default;
};

struct order {
  std::string item;
  std::vector<point> path;
  std::optional<circuit> state;
  std::map<std::string, std::pair<int, bool>> stock;
  bool operator==(const order&) const = default;
};

/// Private members, shown with their names.
class limiter {
 public:
  limiter() = default;
  explicit limiter(int used) : used_(used), waiting_(static_cast<std::size_t>(used), used) {}
  bool operator==(const limiter&) const = default;

 private:
  friend auto heddle_fields(const limiter&) {
    return heddle::fields("used", &limiter::used_, "waiting", &limiter::waiting_);
  }
  int used_ = 0;
  std::vector<int> waiting_;
};

struct base {
  int id = 0;
};

struct derived : base {
  int extra = 0;
  friend auto heddle_fields(const derived&) {
    return heddle::fields("id", &derived::id, "extra", &derived::extra);
  }
  bool operator==(const derived& other) const { return id == other.id && extra == other.extra; }
};

struct unlisted_derived : base {
  int extra = 0;
};

/// A class that one cannot edit: its getter stands in for the member.
class sealed {
 public:
  explicit sealed(int n) : n_(n) {}
  int number() const { return n_; }

 private:
  int n_;
};
auto heddle_fields(const sealed&) {
  return heddle::fields("number", &sealed::number);
}

template <class T>
struct ok {
  T result{};
  bool operator==(const ok&) const = default;
};
struct failed {
  bool operator==(const failed&) const = default;
};

namespace {

using namespace std::chrono_literals;

template <class T>
std::string text(const T& object) {
  return to_text(to_value(object));
}

template <class T>
bool comes_back(const T& object) {
  return from_value<T>(to_value(object)) == object;
}

TEST_CASE("values read well") {
  CHECK(text(3) == "3");
  CHECK(text(true) == "true");
  CHECK(text(2.5) == "2.5");
  CHECK(text(2.0) == "2.0");
  CHECK(text("say \"hi\"\n\x01") == R"("say \"hi\"\n\x01")");
  CHECK(text('c') == R"("c")");
  CHECK(text(circuit::half_open) == "half_open");
  CHECK(text(circuit::below_range) == "-17");
  CHECK(text(plain_b) == "plain_b");
  CHECK(text(point{1, 2}) == "point{1, 2.0}");
  CHECK(text(empty_record{}) == "empty_record");
  CHECK(text(limiter(2)) == "limiter{used: 2, waiting: [2, 2]}");
  CHECK(text(sealed(4)) == "sealed{number: 4}");
  CHECK(text(std::pair(1, "one")) == R"({1, "one"})");
  CHECK(text(std::optional<int>()) == "none");
  CHECK(text(std::optional(5)) == "5");
  CHECK(text(std::optional<std::optional<int>>(std::in_place)) == "some{none}");
  CHECK(text(std::map<int, char>{{1, 'a'}}) == R"([{1, "a"}])");
  CHECK(text(std::variant<ok<int>, failed>(failed{})) == "failed");
  CHECK(text(std::variant<ok<int>, failed>(ok<int>{3})) == "ok{3}");
  CHECK(text(std::variant<int, std::string>("x")) == R"(text{"x"})");
  CHECK(text(std::variant<ok<int>, ok<long>>(ok<long>{3})) == "#1{ok{3}}");
  CHECK(text(std::variant<std::monostate, int>()) == "none");
  CHECK(text(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
}

TEST_CASE("durations are written in the largest exact unit") {
  CHECK(text(100ms) == "100 ms");
  CHECK(text(0ns) == "0 s");
  CHECK(text(90min) == "90 min");
  CHECK(text(120min) == "2 h");
  CHECK(text(-1500us) == "-1500 us");
  CHECK(text(1500ms) == "1500 ms");
  CHECK(text(std::chrono::duration<double>(0.1)) == "0.1 s");
  CHECK(text(std::chrono::duration<int, std::ratio<1, 3>>(7)) == "7 [1/3]s");
  CHECK(text(std::chrono::steady_clock::time_point(5s)) == "5 s");
}

TEST_CASE("what was made a value comes back") {
  CHECK(comes_back(order{"tea", {{1, 2.5}, {}}, circuit::open, {{"a", {1, true}}}}));
  CHECK(comes_back(std::numeric_limits<std::uint64_t>::max()));
  CHECK(comes_back(std::numeric_limits<std::int64_t>::min()));
  CHECK(comes_back(circuit::below_range));
  CHECK(comes_back(limiter(3)));
  CHECK(comes_back(empty_record{}));
  CHECK(comes_back(std::chrono::hours::max()));
  CHECK(comes_back(std::chrono::nanoseconds::min()));
  CHECK(comes_back(std::chrono::duration<double, std::milli>(0.3)));
  CHECK(comes_back(std::chrono::duration<int, std::ratio<1, 3>>(9)));
  CHECK(comes_back(std::chrono::system_clock::time_point(7ms)));
  CHECK(comes_back(std::array<std::tuple<>, 2>{}));
  CHECK(comes_back(std::vector<bool>{true, false}));
  CHECK(comes_back(std::deque<std::set<circuit>>{{circuit::open, circuit::unset}}));
  CHECK(comes_back(std::unordered_map<std::string, int>{{"a", 2}, {"b", 1}}));
  CHECK(comes_back(std::variant<std::monostate, int, int, ok<int>>(std::in_place_index<2>, 4)));
  CHECK(comes_back(std::optional<std::variant<std::monostate, int>>(std::in_place)));
  const derived d = {{1}, 2};
  CHECK(comes_back(d));
}

TEST_CASE("random data comes back and hashes alike") {
  using data = std::vector<std::tuple<std::int64_t, std::uint64_t, std::string, bool,
                                      std::map<std::int16_t, std::vector<std::uint8_t>>>>;
  CHECK(rc::check([](const data& d) {
    const data back = from_value<data>(to_value(d));
    RC_ASSERT(back == d);
    RC_ASSERT(hash_of(back) == hash_of(d));
    RC_ASSERT(hash_of(to_value(d)) == hash_of(to_value(back)));
  }));
  CHECK(rc::check([](std::int64_t ticks) {
    RC_ASSERT(comes_back(std::chrono::nanoseconds(ticks)));
    RC_ASSERT(comes_back(std::chrono::minutes(ticks)));
  }));
  CHECK(
      rc::check([](double d) { RC_ASSERT(comes_back(std::chrono::duration<double>(d)) && comes_back(d)); }));
}

TEST_CASE("a value that does not fit says where and what was expected") {
  const value wrong =
      value::list({to_value(point{}), value::record("point", {value::integer(1), value::text("z")})});
  CHECK_THROWS_WITH(from_value<std::vector<point>>(wrong), R"(at value[1][1]: expected a number, found "z")");
  CHECK_THROWS_WITH(from_value<signed char>(value::integer(200)),
                    "at value: expected an integer from -128 to 127, found 200");
  CHECK_THROWS_WITH(from_value<circuit>(value::symbol("broken")),
                    "at value: expected an enumerator of circuit, found broken");
  CHECK_THROWS_WITH(from_value<std::chrono::seconds>(value::symbol("1500 ms")),
                    "at value: expected a whole number of s, found 1500 ms");
  CHECK_THROWS_WITH(from_value<limiter>(value::record("limiter", {value::boolean(true), value::list({})})),
                    "at value.used: expected an integer from -2147483648 to 2147483647, found true");
  CHECK_THROWS_AS(from_value<unsigned>(value::integer(-1)), value_error);
  CHECK_THROWS_AS(from_value<point>(value::record("point", {value::integer(1)})), value_error);
  CHECK_THROWS_AS(from_value<std::string>(value::symbol("word")), value_error);
  CHECK_THROWS_AS((from_value<std::variant<int, bool>>(value::integer(1))), value_error);
  CHECK_THROWS_AS(value::integer(1).as_text(), value_error);
}

TEST_CASE("text formats that know no symbols and reals can be read") {
  CHECK(from_value<circuit>(value::text("open")) == circuit::open);
  CHECK(from_value<std::chrono::milliseconds>(value::text("2 s")) == 2s);
  CHECK(from_value<double>(value::integer(2)) == 2.0);
}

TEST_CASE("values are totally ordered") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(value::real(nan) == value::real(nan));
  CHECK(value::real(nan) < value::real(0));
  CHECK(value::integer(1) < value::integer(2));
  CHECK(value::natural(5) == value::integer(5));
  CHECK(value::text("a") != value::symbol("a"));
  CHECK(value::list({value::integer(1)}) < value::list({value::integer(1), value()}));
  CHECK(value::record("a", {value()}, {"x"}) != value::record("a", {value()}, {"y"}));
  CHECK_THROWS_AS(value::record("a", {value()}, {"x", "y"}), std::invalid_argument);
}

TEST_CASE("what cannot be shown or read is known at compile time") {
  STATIC_REQUIRE(describable<order>);
  STATIC_REQUIRE(describable<sealed>);
  STATIC_REQUIRE(!describable<unlisted_derived>);
  STATIC_REQUIRE(!describable<std::vector<int*>>);
}

}  // namespace
}  // namespace heddle::test
