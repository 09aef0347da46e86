// The fixture is instrumented as a component is, and linked with hooks that do nothing but remember who
// called them: the program counters asked about here are those that Heddle's run-time will ask about.
#define CATCH_CONFIG_MAIN
#include <cstdio>
#include <functional>
#include <map>
#include <memory>

#include <catch2/catch.hpp>
#include <dlfcn.h>

#include <heddle/harness/symbols.hpp>

#include "symbols_fixture.hpp"

using heddle::harness::source_line;
using heddle::harness::symbols;

namespace {

// Return addresses of the hook calls, by the address that was accessed; in order of the calls.
std::vector<std::pair<const void*, const void*>>
    accesses;  // NOLINT: the hooks have no argument to pass it in
bool recording = false;

void record(const void* accessed, const void* caller) {
  if (recording) accesses.emplace_back(accessed, caller);
}

// Where `run` touches the object, in order and without repetition.
std::vector<source_line> touches(const void* object, const std::function<void()>& run) {
  accesses.clear();
  recording = true;
  run();
  recording = false;
  std::vector<source_line> result;
  for (const auto& [accessed, caller] : accesses) {
    if (accessed != object) continue;
    const source_line& where = symbols::of_this_process().locate(caller);
    if (result.empty() || !(result.back() == where)) result.push_back(where);
  }
  return result;
}

std::vector<std::vector<source_line>> chains(const void* object, const std::function<void()>& run) {
  touches(object, run);
  std::vector<std::vector<source_line>> result;
  for (const auto& [accessed, caller] : accesses)
    if (accessed == object) result.push_back(symbols::of_this_process().frames(caller));
  return result;
}

std::string shown(const source_line& where) {
  return where.function + " " + heddle::harness::short_path(where.file) + ":" + std::to_string(where.line);
}

std::string member(const std::type_info& type, std::size_t offset) {
  return symbols::of_this_process().member_at(type, offset);
}

}  // namespace

// The part of the sanitizer's interface that the fixture uses.
extern "C" {
void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_read1(void* p) {
  record(p, __builtin_return_address(0));
}
void __tsan_read2(void* p) {
  record(p, __builtin_return_address(0));
}
void __tsan_read4(void* p) {
  record(p, __builtin_return_address(0));
}
void __tsan_read8(void* p) {
  record(p, __builtin_return_address(0));
}
void __tsan_write1(void* p) {
  record(p, __builtin_return_address(0));
}
void __tsan_write2(void* p) {
  record(p, __builtin_return_address(0));
}
void __tsan_write4(void* p) {
  record(p, __builtin_return_address(0));
}
void __tsan_write8(void* p) {
  record(p, __builtin_return_address(0));
}
void __tsan_vptr_update(void** p, void*) {
  record(p, __builtin_return_address(0));
}
void __tsan_vptr_read(void** p) {
  record(p, __builtin_return_address(0));
}

int __tsan_atomic32_load(const volatile int* p, int) {
  record(const_cast<int*>(p), __builtin_return_address(0));
  return *p;
}
void __tsan_atomic32_store(volatile int* p, int value, int) {
  record(const_cast<int*>(p), __builtin_return_address(0));
  *p = value;
}
void __tsan_atomic64_store(volatile long* p, long value, int) {
  record(const_cast<long*>(p), __builtin_return_address(0));
  *p = value;
}
long __tsan_atomic64_fetch_add(volatile long* p, long value, int) {
  record(const_cast<long*>(p), __builtin_return_address(0));
  const long before = *p;
  *p = before + value;
  return before;
}
}

TEST_CASE("an atomic access is shown at the component's line, not at the library's") {
  fixture::limiter limiter;
  const std::size_t used = 16;  // behind the vtable pointer and id_
  const void* used_at = reinterpret_cast<const char*>(&limiter) + used;
  const int line = fixture::limiter::acquire_line;

  const std::vector<source_line> where = touches(used_at, [&] { fixture::take(limiter); });
  REQUIRE(where.size() == 2);
  CHECK(shown(where[0]) == "fixture::limiter::try_acquire symbols_fixture.hpp:" + std::to_string(line));
  CHECK(shown(where[1]) == "fixture::limiter::try_acquire symbols_fixture.hpp:" + std::to_string(line + 1));
  CHECK(where[0].file.front() == '/');
  CHECK(heddle::harness::source_text(where[0]) == "if (used_.load() + n > 10) return false;");
  CHECK(member(typeid(fixture::limiter), used) == "used_");
}

TEST_CASE("the inlining chain leads from the library's function out to the component's caller") {
  fixture::limiter limiter;
  const void* used_at = reinterpret_cast<const char*>(&limiter) + 16;
  const std::vector<source_line> chain = chains(used_at, [&] { fixture::take(limiter); }).front();
  REQUIRE(chain.size() >= 3);
  CHECK(chain.front().function == "std::__atomic_base::load");
  CHECK(heddle::harness::in_standard_library(chain.front()));
  CHECK(chain[chain.size() - 2].function == "fixture::limiter::try_acquire");
  CHECK(chain.back().function == "fixture::take");
  CHECK(heddle::harness::short_path(chain.back().file) == "symbols_fixture.cpp");
}

TEST_CASE("lambdas, nested inlining, templates and other units have their lines") {
  int value = 1;
  const auto at = [](const std::string& function, const std::string& file, int line) {
    return function + " " + file + ":" + std::to_string(line);
  };

  const auto lambda = touches(&value, [&] { fixture::call_lambda(value); });
  REQUIRE_FALSE(lambda.empty());
  CHECK(shown(lambda.back()) ==
        at("fixture::call_lambda::{lambda}", "symbols_fixture.cpp", fixture::lambda_line));

  const auto nested = chains(&value, [&] { fixture::call_nested(value); });
  REQUIRE(nested.size() == 1);
  REQUIRE(nested[0].size() == 3);
  CHECK(shown(nested[0][0]) == at("fixture::innermost", "symbols_fixture.cpp", fixture::nested_line));
  CHECK(nested[0][1].function == "fixture::middle");
  CHECK(nested[0][2].function == "fixture::call_nested");

  fixture::ring<const char*, 4> words;
  fixture::ring<unsigned long, 2> numbers;
  const auto pushed = touches(&numbers, [&] { fixture::push_both(words, numbers); });
  REQUIRE(pushed.size() == 1);
  CHECK(shown(pushed[0]) == at("fixture::ring::push", "symbols_fixture.hpp", numbers.push_line));

  std::vector<int> vector(1);
  const auto front = touches(vector.data(), [&] { fixture::touch_vector(vector); });
  REQUIRE(front.size() == 1);
  CHECK(shown(front[0]) == at("fixture::touch_vector", "symbols_fixture.cpp", fixture::sort_line));

  std::atomic<long> elsewhere{0};
  const auto stored = touches(&elsewhere, [&] { fixture::store_elsewhere(elsewhere); });
  REQUIRE(stored.size() == 1);
  CHECK(shown(stored[0]) == at("fixture::store_elsewhere", "symbols_fixture_other.cpp", fixture::store_line));
}

TEST_CASE("an answer about a program counter is kept") {
  const void* pc = reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(&fixture::call_nested) + 1);
  const source_line& first = symbols::of_this_process().locate(pc);
  CHECK(&first == &symbols::of_this_process().locate(pc));
  CHECK(first.function == "fixture::call_nested");
}

TEST_CASE("members are named by their offset, and types of namespace std are leaves") {
  const fixture::limiter limiter;
  for (const auto& [name, offset] : fixture::offsets::in(limiter)) {
    CAPTURE(name, offset);
    CHECK(member(typeid(fixture::limiter), offset) == name);
  }
  CHECK(member(typeid(std::atomic<int>), 0).empty());
  CHECK(member(typeid(int), 0).empty());
}

TEST_CASE("instances of one class template are told apart") {
  const fixture::ring<const char*, 4> words;
  const fixture::ring<unsigned long, 2> numbers;
  for (const auto& [name, offset] : fixture::offsets::in(words))
    CHECK(member(typeid(fixture::ring<const char*, 4>), offset) == name);
  for (const auto& [name, offset] : fixture::offsets::in(numbers))
    CHECK(member(typeid(fixture::ring<unsigned long, 2>), offset) == name);
}

TEST_CASE("types of the same name in anonymous namespaces of two units are told apart") {
  const std::type_info& one = fixture::anonymous_type();
  const std::type_info& other = fixture::other_anonymous_type();
  CHECK(member(one, 4) == "second");
  CHECK(member(other, 4) == "wide");
  CHECK(member(other, 8) == "third");
}

TEST_CASE("local types, and types that most units only declare, are found") {
  CHECK(member(fixture::local_type(), 8) == "inner[1]");
  CHECK(member(fixture::local_type(), 0) == "pad");
  CHECK(member(fixture::booth_type(), 4) == "tickets[1]");
  CHECK(member(fixture::opaque_type(), 0) == "head");
  CHECK(member(fixture::opaque_type(), 16) == "body[1].waiting");
}

TEST_CASE("static variables are named, with the member touched") {
  symbols& names = symbols::of_this_process();
  CHECK(names.variable_at(&fixture::registry.hits) == "fixture::registry.hits");
  CHECK(names.variable_at(&fixture::registry.by_kind[2]) == "fixture::registry.by_kind[2]");
  CHECK(names.variable_at(fixture::hidden_counter_address()) == "fixture::hidden_counter");
  CHECK(fixture::next_ticket() == 1);
  CHECK(names.variable_at(fixture::ticket_address()) == "fixture::the_booth::only.tickets[1]");

  const int on_stack = 0;
  const auto on_heap = std::make_unique<int>(0);
  CHECK(names.variable_at(&on_stack).empty());
  CHECK(names.variable_at(on_heap.get()).empty());
  CHECK(names.variable_at(nullptr).empty());
}

TEST_CASE("without debug information there is the linker's symbol, and never a failure") {
  symbols& names = symbols::of_this_process();
  const auto inside = [](void* function) { return static_cast<const char*>(function) + 1; };
  const source_line libc = names.locate(inside(dlsym(RTLD_DEFAULT, "lfind")));
  CHECK(libc.function.starts_with("lfind"));
  CHECK(names.locate(nullptr).function == "(unknown code)");
  const int on_stack = 0;
  CHECK(names.locate(&on_stack).function == "(unknown code)");
  CHECK(names.frames(&on_stack).size() == 1);
  CHECK(names.frames(&on_stack)[0].line == 0);
}

TEST_CASE("the standard library is told from components by its path") {
  const auto library = [](const char* file) {
    return heddle::harness::in_standard_library({.function = "f", .file = file, .line = 1});
  };
  CHECK(library("/usr/include/c++/12/bits/atomic_base.h"));
  CHECK(library("/usr/bin/../lib/gcc/x86_64-linux-gnu/12/../../../../include/c++/12/atomic"));
  CHECK(library("/usr/lib/gcc/x86_64-linux-gnu/12/include/emmintrin.h"));
  CHECK(library("/usr/lib/llvm-14/lib/clang/14.0.6/include/emmintrin.h"));
  CHECK(library("/usr/include/x86_64-linux-gnu/bits/stdio2.h"));
  CHECK(library("/usr/include/string.h"));
  CHECK(library("/work/<built-in>"));
  CHECK_FALSE(library("/usr/include/boost/lockfree/queue.hpp"));
  CHECK_FALSE(library("/usr/include/concurrentqueue/concurrentqueue.h"));
  CHECK_FALSE(library("/home/me/limiter.hpp"));
  CHECK_FALSE(library(""));
}

TEST_CASE("source text is trimmed, and empty where there is none") {
  CHECK(heddle::harness::source_text({.function = "", .file = __FILE__, .line = 3}) ==
        "#define CATCH_CONFIG_MAIN");
  CHECK(heddle::harness::source_text({.function = "", .file = __FILE__, .line = 100000}).empty());
  CHECK(heddle::harness::source_text({.function = "", .file = __FILE__, .line = 0}).empty());
  CHECK(heddle::harness::source_text({.function = "", .file = "/no/such/file", .line = 1}).empty());
  CHECK(heddle::harness::short_path("/src/limits/limiter.hpp") == "limiter.hpp");
  CHECK(heddle::harness::short_path("limiter.hpp") == "limiter.hpp");
}
