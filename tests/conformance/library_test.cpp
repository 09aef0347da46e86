// Library code that components use without thinking of threads: streams, strings, containers, regular
// expressions, locales, virtual calls.
#include <cstdio>
#include <functional>
#include <iomanip>
#include <iostream>
#include <locale>
#include <map>
#include <memory>
#include <mutex>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <catch2/catch.hpp>

#include "agreement.hpp"

using conformance::agree;
using conformance::expect;

namespace {

template <class Work>
void in_two_threads(Work work) {
  std::thread a(work, 0);
  std::thread b(work, 1);
  a.join();
  b.join();
}

void streams() {
  in_two_threads([](int me) {
    std::ostringstream text;
    text << std::setw(4) << me << ' ' << 1.5 << ' ' << std::hex << 255;
    expect(text.str() == "   " + std::to_string(me) + " 1.5 ff", "formatted");
    int back = -1;
    std::istringstream(text.str()) >> back;
    expect(back == me, "parsed");
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%d %.2f", me, 0.25);
    expect(buffer == std::to_string(me) + " 0.25", "printf");
    std::cout << std::flush;
  });
}

void containers() {
  std::mutex m;
  std::unordered_map<std::string, std::vector<int>> shared;
  std::map<int, std::string> tree;
  in_two_threads([&](int me) {
    for (int i = 0; i < 10; ++i) {
      std::lock_guard hold(m);
      shared["a key that is long enough to be on the heap " + std::to_string(i)].push_back(me);
      tree[i] += std::to_string(me);
    }
  });
  expect(shared.size() == 10 && tree.size() == 10, "all inserted");
  for (const auto& [key, values] : shared) expect(values.size() == 2, "by both");
}

void regular_expressions() {
  in_two_threads([](int me) {
    const std::regex pattern(R"((\w+)-(\d+))");
    std::smatch match;
    const std::string text = "thread-" + std::to_string(me);
    expect(std::regex_match(text, match, pattern) && match[2] == std::to_string(me), "matched");
  });
}

void locales() {
  in_two_threads([](int) {
    const std::locale here;
    expect(std::isdigit('7', here) && std::toupper('a', std::locale::classic()) == 'A', "facets");
  });
}

struct shape {
  virtual ~shape() = default;
  virtual int sides() const = 0;
};
struct square : shape {
  int sides() const override { return 4; }
};
struct triangle : shape {
  int sides() const override { return 3; }
};

void virtual_calls() {
  std::vector<std::unique_ptr<shape>> shapes;
  shapes.push_back(std::make_unique<square>());
  shapes.push_back(std::make_unique<triangle>());
  in_two_threads([&](int me) {
    const std::function<int()> ask = [&] { return shapes[static_cast<std::size_t>(me)]->sides(); };
    expect(ask() == 4 - me, "dispatched");
    expect(dynamic_cast<square*>(shapes[0].get()) != nullptr, "cast");
  });
}

void deep_stacks() {
  in_two_threads([](int me) {
    const std::function<int(int)> dig = [&](int depth) {
      volatile char frame[1024];
      frame[0] = static_cast<char>(depth);
      return depth == 0 ? me : dig(depth - 1) + (frame[0] == static_cast<char>(depth) ? 0 : 1);
    };
    expect(dig(100) == me, "100 kB deep");
  });
}

}  // namespace

TEST_CASE("streams and printf") {
  agree(streams, {.schedules = 50, .real_rounds = 10});
}
TEST_CASE("strings and containers") {
  agree(containers, {.schedules = 50, .real_rounds = 10});
}
TEST_CASE("regular expressions") {
  agree(regular_expressions, {.schedules = 10, .real_rounds = 3});
}
TEST_CASE("locales") {
  agree(locales, {.schedules = 50, .real_rounds = 10});
}
TEST_CASE("virtual calls and function objects") {
  agree(virtual_calls);
}
TEST_CASE("deep stacks") {
  agree(deep_stacks, {.schedules = 50, .real_rounds = 10});
}
