#include <fstream>
#include <functional>

#include <heddle/cli/picture_files.hpp>
#include <heddle/picture/page.hpp>
#include <heddle/picture/trace.hpp>

namespace heddle::cli {
namespace {

bool written(const std::string& file, const std::function<void(std::ostream&)>& write) {
  std::ofstream out(file, std::ios::binary);
  write(out);
  out.close();
  return out.good();
}

}  // namespace

std::string write_pictures(const picture::diagram& d, const picture_files& files) {
  using picture::write_html;
  using picture::write_trace;
  if (!files.html.empty() && !written(files.html, [&](std::ostream& out) { write_html(out, d); }))
    return "--html " + files.html + ": cannot be written";
  if (!files.trace.empty() && !written(files.trace, [&](std::ostream& out) { write_trace(out, d); }))
    return "--trace " + files.trace + ": cannot be written";
  return "";
}

}  // namespace heddle::cli
