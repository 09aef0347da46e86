// Hashes are the same numbers everywhere: seeds, case files and statistics rely on them.
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <catch2/catch.hpp>

#include <heddle/linearizability/hash.hpp>
#include <heddle/linearizability/value.hpp>

namespace heddle::test {

struct bucket {
  long tokens = 0;
  std::chrono::nanoseconds filled{};
  std::optional<std::string> owner;
  bool operator==(const bucket&) const = default;
};

struct incomparable {
  int x = 0;
};

struct with_pointer {
  int* p = nullptr;
  bool operator==(const with_pointer&) const = default;
};

namespace {

TEST_CASE("hashes are pinned") {
  CHECK(hash_of(0) == 11286133854226296554U);
  CHECK(hash_of(-1) == 2717770620714153248U);
  CHECK(hash_of(std::string("heddle")) == 567677438592117476U);
  CHECK(hash_of(std::string("a longer text of several words")) == 17567852232243309570U);
  CHECK(hash_of(2.5) == 8137880623980482875U);
  CHECK(hash_of(std::vector{1, 2, 3}) == 16397107196398768706U);
  CHECK(hash_of(bucket{7, std::chrono::milliseconds(3), "me"}) == 11685335665342236873U);
  CHECK(hash_of(to_value(bucket{})) == 6723864714019586411U);
}

TEST_CASE("the same number of any width hashes alike") {
  CHECK(hash_of(5) == hash_of(5L));
  CHECK(hash_of(-5) == hash_of(std::int8_t{-5}));
}

TEST_CASE("equal objects hash alike however they came about") {
  std::unordered_set<int> up, down;
  for (int i = 0; i < 100; ++i) up.insert(i);
  for (int i = 100; i-- > 0;) down.insert(i);
  CHECK(hash_of(up) == hash_of(down));
  CHECK(hash_of(0.0) == hash_of(-0.0));
}

TEST_CASE("small differences show") {
  std::set<std::uint64_t> seen;
  for (int a = 0; a < 40; ++a) {
    for (int b = 0; b < 40; ++b) seen.insert(hash_of(std::pair(a, b)));
  }
  CHECK(seen.size() == 1600);
  CHECK(hash_of(std::vector<std::vector<int>>{{1}, {}}) != hash_of(std::vector<std::vector<int>>{{}, {1}}));
  CHECK(hash_of(std::string("ab")) != hash_of(std::string("ab") + '\0'));
  CHECK(hash_of(std::optional<int>()) != hash_of(std::optional<int>(0)));
}

TEST_CASE("what can be a model's state is known at compile time") {
  STATIC_REQUIRE(model_state<bucket>);
  STATIC_REQUIRE(model_state<std::vector<bucket>>);
  STATIC_REQUIRE(!model_state<incomparable>);
  STATIC_REQUIRE(!model_state<with_pointer>);
  STATIC_REQUIRE(!model_state<std::unique_ptr<int>>);
  STATIC_REQUIRE(!hashable<std::function<void()>>);
}

}  // namespace
}  // namespace heddle::test
