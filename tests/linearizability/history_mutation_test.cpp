// Whatever bytes the readers and the models get: operations, or a history_error. Damaged histories, the same
// in every run (fuzz/history_readers_fuzz.cpp goes on from here for as long as one likes).
#include <fstream>
#include <random>
#include <sstream>

#include <catch2/catch.hpp>

#include <heddle/recorded/models/models.hpp>

namespace heddle::recorded {
namespace {

const std::string histories = HEDDLE_TEST_DATA "/histories/";

std::string first_lines(const std::string& path, int count) {
  std::ifstream file(histories + path);
  std::string text;
  for (std::string line; count-- > 0 && std::getline(file, line);) text += line + '\n';
  REQUIRE(!text.empty());
  return text;
}

std::vector<std::string> seeds() {
  return {
      first_lines("etcd/etcd_003.log", 30),
      first_lines("kv/c10-bad.txt", 12),
      "{\"heddle-history\": 1}\n"
      "{\"process\": 0, \"type\": \"invoke\", \"f\": \"txn\", \"value\": [[\"append\", 1, 2], [\"r\", 1, "
      "null]]}\n"
      "{\"process\": \"é\", \"type\": \"invoke\", \"f\": \"cas\", \"value\": [1, {\"a\": -2.5e3}]}\n"
      "{\"process\": 0, \"type\": \"ok\", \"f\": \"txn\", \"value\": [[\"append\", 1, 2], [\"r\", 1, [2]]]}\n"
      "{\"process\": \"é\", \"type\": \"fail\", \"error\": \"\\u00e9\\n\"}\n",
      "[{:process 0, :type :invoke, :f :add, :value #{1 2}} ; comment\n"
      " #jepsen.history.Op{:process :nemesis :type :info :f :x :value {[1] \\a}}\n"
      " {:type :info #_ :no :process 0 :f :add, :value #inst \"now\" :error [\"\\t\" ##Inf 1N 2.5M (nil "
      "true)]}]\n",
  };
}

std::string damaged(std::string text, const std::vector<std::string>& others, std::mt19937& random) {
  using namespace std::string_view_literals;
  constexpr std::string_view alphabet = "{}[]()\"\\:;,#_ \t\n0123456789-+.eEnNMtf/\x00\x7f\xff"sv;
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (std::size_t times = 1 + below(2); times > 0 && !text.empty(); --times) {
    const std::size_t at = below(text.size());
    const std::size_t length = 1 + below(std::min<std::size_t>(20, text.size() - at));
    const std::string& other = others[below(others.size())];
    switch (below(12)) {
      case 0:
        text[at] = alphabet[below(alphabet.size())];
        break;
      case 1:
        text.insert(at, 1, alphabet[below(alphabet.size())]);
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3:
        text.insert(at, text.substr(below(text.size()), length));
        break;
      case 4:
        text.insert(at, other.substr(below(other.size()), length));
        break;
      case 5:
        text.resize(at);
        break;
      default: {  // what keeps most texts well formed
        const std::size_t digit = text.find_first_of("0123456789", at);
        if (digit != std::string::npos) text[digit] = static_cast<char>('0' + below(10));
      }
    }
  }
  return text;
}

TEST_CASE("damaged histories are read or refused, and judged or refused, and nothing else") {
  const std::vector<std::string> originals = seeds();
  std::mt19937 random(20'260'101);
  int read = 0, refused = 0, judged = 0, misfit = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = damaged(originals[random() % originals.size()], originals, random);
    const auto f = random() % 4 == 0 ? static_cast<format>(random() % 4) : format::automatic;
    std::istringstream in(text);
    history h("h");
    try {
      history_reader reader(in, "h", f);
      h = read_history(reader);
      ++read;
    } catch (const history_error& e) {
      REQUIRE(std::string_view(e.what()).starts_with("h:"));
      ++refused;
      continue;
    }
    const std::string_view usual = text.starts_with("INFO") ? "cas-register" : "key-value";
    const model& m = random() % 2 == 0 ? *find_model(usual) : models()[random() % models().size()];
    try {
      judge(m, h, {.steps_max = 2'000});
      ++judged;
    } catch (const history_error& e) {
      REQUIRE(std::string_view(e.what()).starts_with("h:"));
      ++misfit;
    }
  }
  CHECK(read > 1'000);  // else the damage is too great to test anything
  CHECK(refused > 1'000);
  CHECK(judged > 500);
  CHECK(misfit > 500);
}

}  // namespace
}  // namespace heddle::recorded
